// Who vouches for an index while nobody is logged in: the token's audit key for what it says, and custodians for the token, from the first record on.
import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { canonical } from '../../src/domain/canonical.ts'
import { auditKeyMessage } from '../../src/domain/record.ts'
import { type ShelfName, shelvesOf, stateDigest, stateText } from '../../src/domain/saved-history.ts'
import { signCheckpoint } from '../../src/ledger/checkpoint.ts'
import { LedgerFile } from '../../src/ledger/file.ts'
import { type IndexPlace, indexIn, readIndex, writeIndex } from '../../src/ledger/index-file.ts'
import { OpenIndex } from '../../src/ledger/open-index.ts'
import { sourceAt } from '../../src/ledger/source.ts'
import { newCast } from '../support/cast.ts'
import { asPort, newCustody, newSigner, signaturesOf, type TestSigner } from '../support/custody.ts'
import { FULL } from '../support/full.ts'
import { install, type Loose, textOf } from '../support/ledger.ts'
import { QuorumStory, quorumCast } from '../support/quorum-story.ts'
import { makeFolder } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'

/** In a home nobody else may read a file. */
const write = (path: string, data: string | Uint8Array) => writeFileSync(path, data, { mode: 0o600 })

interface Kept {
  ledger: string
  place: IndexPlace
  signer: TestSigner
}

/** A ledger in a home of its own, with the index that its last change has left. */
async function kept(lines: readonly string[], signer: TestSigner): Promise<Kept> {
  const home = join(makeFolder('vouched'), 'home')
  const ledger = install(textOf(lines), home)
  const place = indexIn(join(home, 'pay'))
  const file = LedgerFile.open(ledger, { index: place })
  file.keepIndex(await file.signCheckpoint(asPort(signer)))
  return { ledger, place, signer }
}

const opened = ({ ledger, place }: Kept): OpenIndex | undefined => OpenIndex.of(place, ledger)

/** The state told otherwise, with a signature over it by somebody. */
async function retell(at: Kept, change: (state: Loose) => void, signer: TestSigner): Promise<void> {
  const [text = '', places = ''] = readFileSync(at.place.root, 'utf8').split('\n')
  const state = JSON.parse(text)
  change(state)
  const told = canonical(state)
  const { tree } = LedgerFile.open(at.ledger)
  const seen = { size: tree.size, root: tree.root(), state: stateDigest(told) }
  const checkpoint = await signCheckpoint(state.partition, seen, asPort(signer))
  const root = { ...JSON.parse(places), state: stateDigest(told), checkpoint }
  write(at.place.root, `${told}\n${canonical(root)}\n`)
}

let story: QuorumStory
let at: Kept
let good: { root: Buffer; pages: Buffer }
before(async () => {
  story = QuorumStory.whole(await quorumCast())
  at = await kept(story.lines, story.audit)
  good = { root: readFileSync(at.place.root), pages: readFileSync(at.place.pages) }
})

const restore = () => {
  write(at.place.root, good.root)
  write(at.place.pages, good.pages)
}

test('an index counts wherever custodians were replaced, in stages, cut off, taken up by a restore', async () => {
  const ends = [
    'replace done',
    'look by new done',
    'recover done',
    'look by vault done',
    'stage again done',
    'restore done',
    'after',
  ]
  for (const end of ends) {
    const size = story.steps.get(end)! + 1
    const signer = size > story.steps.get('token')! ? story.audit : story.cast.audit
    assert.equal(opened(await kept(story.lines.slice(0, size), signer))?.seq, size - 1, end)
  }
})

test('what the audit key of the token has not signed is passed over', async () => {
  const nobody = newSigner('ES256')
  const forgeries: Record<string, (state: Loose) => void> = {
    'nothing else': () => {},
    'a retired partition': (state) => {
      state.retired = { token: state.token.serial, seq: state.seq, time: state.time }
    },
    'the check of a group': ({ rosters }) => {
      rosters.rosters.at(-1).groups[0].check = 'A'.repeat(43)
    },
    'what is malformed': (state) => {
      state.backups = 7
      state.custody = null
    },
  }
  for (const [what, change] of Object.entries(forgeries))
    for (const signer of [nobody, story.cast.audit]) {
      restore()
      await retell(at, change, signer)
      assert.equal(opened(at), undefined, what)
      assert.equal(LedgerFile.open(at.ledger, { index: at.place }).state(), LedgerFile.open(at.ledger).state(), what)
    }
  restore()
  await retell(at, () => {}, story.audit)
  assert.ok(opened(at))
})

test('AUDIT-KEY-APPROVED: no set that the index itself names lets a token in', async () => {
  const mine = newSigner('ES256')
  const { partition } = story.cast
  const made = (name: 'ops' | 'vault', epoch: number) =>
    newCustody(partition, {
      name,
      roles: name === 'ops' ? ['so', 'user'] : ['recovery'],
      threshold: 2,
      people: ['mallory', 'trudy'],
      epoch,
    })
  const sets = [made('ops', 9), made('vault', 9)]
  /** A token of a stranger, let in by sets of a stranger. */
  const letIn = (state: Loose) => {
    state.token = { ...state.token, serial: '6666' }
    const message = auditKeyMessage(partition, '6666', mine.key)
    const keyApprovals = sets.flatMap((set) => signaturesOf(set, message))
    state.auditKeys.push(mine.key)
    state.signers.all.push({ ...state.signers.all.at(-1), token: state.token, auditKey: mine.key, keyApprovals })
    for (const { group } of sets)
      state.rosters.sets.push({ group, standing: 'retired', made: { seq: 1, time: state.time } })
  }
  const forgeries: Record<string, (state: Loose) => void> = {
    'former sets': letIn,
    'a roster in between': (state) => {
      letIn(state)
      state.rosters.rosters.splice(1, 0, { since: 1, groups: sets.map(({ group }) => group) })
    },
    'the present roster': (state) => {
      letIn(state)
      state.rosters.rosters.at(-1).groups = sets.map(({ group }) => group)
    },
    'no roster but the first': (state) => {
      letIn(state)
      state.rosters.rosters = [{ since: 0, groups: sets.map(({ group }) => group) }]
    },
    'another first record': (state) => {
      letIn(state)
      state.anchor = state.leaf
    },
  }
  for (const [what, change] of Object.entries(forgeries)) {
    restore()
    await retell(at, change, mine)
    assert.equal(opened(at), undefined, what)
  }
})

test('INDEX-TRUE: what the token has signed and the ledger does not say is found by whoever reads all of it', async () => {
  restore()
  await retell(
    at,
    (state) => {
      state.leaves = ['a certificate']
    },
    story.audit,
  )
  const ledger = LedgerFile.open(at.ledger, { index: at.place })
  assert.deepEqual(ledger.history.leaves, ['a certificate'])
  const forged = readFileSync(at.place.root)
  const isFound = (name: string, act: () => unknown) => {
    restore()
    write(at.place.root, forged)
    assert.throws(act, { code: 'INDEX-TRUE', exit: 5 }, name)
    assert.equal(readIndex(at.place), undefined)
  }
  const { seq } = ledger.history
  isFound('a login', () => ledger.prove({ seq, state: LedgerFile.open(at.ledger).state() }))
  isFound('audit verify', () => sourceAt(at.ledger, true).audit({ checkpoints: [] } as Loose))
})

/** All that an index can be asked. */
function toldBy(ledger: LedgerFile): string {
  const shelves = Object.values(shelvesOf(ledger.history)).map((shelf) => [...shelf.all()].length)
  return `${ledger.state()} ${shelves}`
}

test('whatever is damaged, the ledger is told as it is', async () => {
  restore()
  const wanted = toldBy(LedgerFile.open(at.ledger))
  const check = (what: string) => {
    assert.equal(toldBy(LedgerFile.open(at.ledger, { index: at.place })), wanted, what)
    restore()
  }
  const bent = (bytes: Buffer, n: number) => {
    const copy = Buffer.from(bytes)
    copy[n]! ^= 1 << (n % 8)
    return copy
  }
  const text = good.root.toString()
  for (const name of ['format', 'state', 'line', 'start', 'end', 'checkpoint', 'pages', 'keys', 'nonces']) {
    const begin = text.lastIndexOf(`"${name}":`)
    write(at.place.root, `${text.slice(0, begin)}"x${text.slice(begin + 2)}`)
    check(`no ${name}`)
  }
  const every = FULL ? 1 : 1999
  for (let n = 0; n < good.root.length; n += every) {
    write(at.place.root, bent(good.root, n))
    check(`byte ${n} of the root`)
    truncateSync(at.place.root, n)
    check(`the root cut at ${n}`)
  }
  for (let n = 0; n < good.pages.length; n += every) {
    write(at.place.pages, bent(good.pages, n))
    check(`byte ${n} of the pages`)
  }
  const tables = readIndex(at.place)!.pages
  const places = (['keys', 'nonces', 'pairs', 'versions'] satisfies ShelfName[]).flatMap((name) =>
    Array.from({ length: 1024 }, (_, bucket) => tables[name].get(bucket) ?? []).flat(),
  )
  for (const [i, { at: start, length }] of places.entries()) {
    if (i % (FULL ? 1 : 40) !== 0) continue
    truncateSync(at.place.pages, start)
    check(`pages cut at ${start}`)
    const other = places[(i + 1) % places.length]!
    const swapped = Buffer.from(good.pages)
    good.pages.copy(swapped, start, other.at, other.at + Math.min(length, other.length))
    write(at.place.pages, swapped)
    check(`page ${i} is the next one`)
  }
  const other = Story.tell(await newCast(), 20)
  const strange = await kept(other.lines, other.audit)
  const [root, pages] = [readFileSync(strange.place.root), readFileSync(strange.place.pages)]
  write(at.place.pages, pages)
  check("another partition's pages")
  write(at.place.root, root)
  check("another partition's root")
  write(at.place.root, root)
  write(at.place.pages, pages)
  check("another partition's index")
})

test('pages of before, whose root was signed then, are good for a ledger that has gone on, and for no other', async () => {
  restore()
  const index = opened(at)!
  const told = index.told()
  const { line, checkpoint } = index.index
  told.history.keys.shelves.versions.set('dek', { inForce: 7, newest: 7 })
  writeIndex(at.place, { ...told, state: stateText(told), line, checkpoint }, undefined)
  assert.equal(opened(at), undefined, 'a checkpoint is of one state')
})
