// What must be true once a crash has been recovered from: nothing lost, nothing left behind, nobody locked out.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordCode } from '../../src/domain/code.ts'
import { formatHead } from '../../src/domain/head.ts'
import type { History } from '../../src/domain/history.ts'
import type { KeyEntry } from '../../src/domain/key-history.ts'
import { type Flags, isPair } from '../../src/domain/keys.ts'
import { labelOnToken } from '../../src/domain/names.ts'
import { indexIn } from '../../src/ledger/index-file.ts'
import { OpenIndex } from '../../src/ledger/open-index.ts'
import type { Result } from '../support/keyrite.ts'
import { judgeApplications, serialsOf } from './application-oracle.ts'
import { judgeMembers, membersIn } from './member-oracle.ts'
import type { Operation } from './operation.ts'
import { pinsFor, pinsOfMember } from './pins.ts'
import { type Place, shareFile } from './place.ts'
import { lookAsUser, lookInto, openAs, type Pins, type TokenObject, tokenSerials } from './token.ts'

/** A key from before the crash, and what it made of a block. */
export interface Kept {
  label: string
  plain: Buffer
  secret: Buffer
}

export async function judge(
  place: Place,
  killed: Result,
  { kept, takesSpare, unclaimed }: Operation,
): Promise<History> {
  if (!place.history!.retired) await tokenIsChecked(place)
  const ledger = place.partition.openLedger()
  const { history } = ledger
  const state = ledger.state()
  assert.equal(state, place.partition.openLedger('all').state(), 'the index tells what the ledger tells')
  filesAreTidy(place, takesSpare === true || unclaimed !== undefined)
  await ledgerVerifies(place, recordCode(history.anchor))
  nothingReportedIsLost(killed, history)
  sharesAreWhole(place, history)
  const own = [...membersIn(history), ...serialsOf(history)]
  const others = tokenSerials(place.folder).filter((serial) => !own.includes(serial))
  if (unclaimed) for (const serial of others) unclaimed(place, serial)
  else if (takesSpare) sparesAreEmpty(place, others, history)
  else assert.deepEqual(others, [], 'tokens that were initialised')
  const pins = await pinsFor(place, history)
  if (history.retired) return await opensNoMore(place, pins, history)
  lookInto(place.folder, history.token.serial, pins, (objects) => {
    tokenIsAsTold(objects, history, state, history.members.first.name)
    if (kept) stillDecrypts(objects, kept())
  })
  if (history.members.areSeveral)
    await judgeMembers(place, history, (objects, member) => tokenIsAsTold(objects, history, state, member))
  await judgeApplications(place, history, kept?.())
  return history
}

export const CERTIFICATE_BESIDE = /^(destroyed-.+|retired)\.txt(\.json)?$/

/** Whatever was cut off: the token has seen what the index tells of. */
export async function indexIsNotAhead(place: Place): Promise<void> {
  const index = OpenIndex.of(indexIn(place.path), join(place.path, 'ledger.jsonl'))
  assert.ok(index, 'the index that was there is there')
  const { history } = place.partition.openLedger()
  const { user } = await pinsFor(place, history)
  lookAsUser(place.folder, history.token.serial, user, (objects) => {
    const heads = objects.filter(({ label }) => label === 'keyrite/head').map(({ value }) => JSON.parse(`${value}`).seq)
    assert.ok(
      heads.some((seq) => seq >= index.seq),
      `an index of record ${index.seq}, and heads of ${heads}`,
    )
  })
}

/** It may be there or not: nothing hangs on it. */
const INDEX = ['index.pages', 'index.root']

/** The lock is free, nothing is pending, and no draft of a file lies about. */
function filesAreTidy({ path, home, out }: Place, takesSpare: boolean): void {
  const files = readdirSync(path).filter((name) => name !== 'backup.note' && !CERTIFICATE_BESIDE.test(name))
  assert.deepEqual(files.filter((name) => !INDEX.includes(name)).sort(), ['checkpoint', 'ledger.jsonl', 'station.key'])
  // The lock on the settings, and drafts of either, go when they are next written.
  const inHome = readdirSync(home).filter(
    (name) => !(takesSpare && name.endsWith('.so-pin')) && !/^config\.json\.(lock|tmp-\w+)(\.[\w-]+)?$/.test(name),
  )
  assert.deepEqual(inHome.sort(), ['config.json', 'pay'])
  // A backup's draft is known by the nonce of its plan; that of a copy of the ledger goes with the next change.
  assert.ok(!readdirSync(out).some((name) => /^keyrite-[\w-]{22}\.part$/.test(name)), 'a draft of a backup was left')
}

/** The token of a partition that was retired: it is there, and the shares open nothing of it. */
async function opensNoMore(place: Place, pins: Pins, history: History): Promise<History> {
  assert.equal(history.retired!.token, 'erased')
  const [first, ...others] = history.members.live
  const tokens = [{ serial: first!.token.serial, pins }]
  for (const one of others) tokens.push({ serial: one.token.serial, pins: await pinsOfMember(place, history, one) })
  for (const role of ['so', 'user'] as const)
    for (const { serial, pins } of tokens)
      assert.throws(
        () => openAs(place.folder, serial, role, pins[role]),
        /CKR_PIN_INCORRECT|CKR_USER_PIN_NOT_INITIALIZED/,
        role,
      )
  return history
}

/** Nothing is on a spare token, or the ledger says that keys may be; its PIN is in a file. */
function sparesAreEmpty({ folder, home }: Place, serials: readonly string[], { backups }: History): void {
  if (backups.some(({ tests }) => tests.some(({ left }) => left !== undefined))) return
  for (const serial of serials) {
    const pin = readFileSync(join(home, `${serial}.so-pin`), 'utf8').trim()
    const found = lookInto(folder, serial, { so: pin, user: pin }, (objects) => objects.map(nameOf))
    assert.deepEqual(found, [], `objects on the spare token ${serial}`)
  }
}

/** The other verification, by the program itself, against the token. */
async function tokenIsChecked(place: Place): Promise<void> {
  const checked = await place.keyrite(place.changing('partition', 'check'))
  assert.equal(checked.code, 0, `partition check: ${checked.stderr}`)
}

async function ledgerVerifies(place: Place, anchor: string): Promise<void> {
  const verified = await place.keyrite(['audit', 'verify', '--anchor', anchor])
  assert.equal(verified.code, 0, `audit verify: ${verified.stderr}`)
  assert.equal(verified.json.data.open, undefined)
}

/** What the killed command had told before it died is true. */
function nothingReportedIsLost({ json }: Result, history: History): void {
  if (!json?.ok) return
  for (const key of json.data.keys ?? []) {
    assert.equal(history.key(key.name, key.version)?.fingerprint, key.fingerprint, 'a key that was reported as made')
  }
  if (json.data.anchor) assert.equal(json.data.partition, history.partition, 'the partition that was reported as made')
}

/** One share file per custodian of each set that was handed out there, whole, and nothing else. */
function sharesAreWhole(place: Place, { groups, rosters }: History): void {
  const texts = place.shareTexts()
  const files = rosters.sets.map(({ group }) =>
    group.custodians.map(({ name }) => shareFile(name, group.name, group.epoch, groups.length > 1)),
  )
  const names = files
    .filter((one, i) => rosters.sets[i]!.group.epoch === 1 || one.some((file) => texts.has(file)))
    .flat()
  assert.deepEqual([...texts.keys()].sort(), names.sort(), 'share files')
  for (const [file, text] of texts) assert.match(text, /^(# .+\n){5}krs1[a-z0-9]{85}\n$/, file)
}

/** Each object on the token is one that the ledger tells of, with the flags that it tells; each key that it tells of is there. */
function tokenIsAsTold(objects: TokenObject[], history: History, state: string, member: string): void {
  const expected = [
    'data keyrite/head',
    'private keyrite/audit',
    'public keyrite/audit',
    ...[...history.keys].filter(({ state }) => state !== 'destroyed').flatMap(halvesOf),
    ...history.requests.openOn(member).map(() => 'private keyrite/transport'),
    ...history.leaves.map(leftAlone),
  ]
  assert.deepEqual(objects.map(nameOf).sort(), expected.sort(), 'objects on the token')
  const head = objects.find((object) => object.label === 'keyrite/head')
  assert.equal(head?.value, formatHead({ ...placeOf(history), state }), 'the head on the token')
  const but = history.members.wereSeveral ? OF_THE_PAST : []
  for (const key of history.keys) checkFlags(key, objects, but)
}

/** Where there are or were several, a copy of a key may have another past than the ledger tells. */
const OF_THE_PAST = ['ALWAYS_SENSITIVE', 'LOCAL', 'NEVER_EXTRACTABLE']

const placeOf = ({ partition, seq, leaf }: History) => ({ partition, seq, leaf })

const nameOf = (object: TokenObject): string => {
  const name = `${object.class} ${object.label}`
  return object.label.startsWith('keyrite/') ? name : `${name} ${object.id}`
}

/** `public object tls, id 01`. */
const leftAlone = (object: string): string =>
  object.replace(/ object (.*?)(?:, id (\w+))?$/, (_, name, id = '') => ` ${name} ${id}`)

const halvesOf = (key: KeyEntry): string[] => {
  const classes = key.class === 'pair' ? ['private', 'public'] : ['secret']
  return classes.map((name) => `${name} ${labelOnToken(key)} ${key.id}`)
}

function checkFlags(
  { name, id, class: kind, attributes }: KeyEntry,
  objects: TokenObject[],
  but: readonly string[],
): void {
  // Of an adopted pair a public half that others use lies beside the own one.
  const half = (of: TokenObject['class']) =>
    objects.filter((object) => object.id === id && object.class === of).toSorted(privateFirst)[0]
  const compare = (told: Flags, object: TokenObject | undefined) => {
    const flags = Object.fromEntries(Object.entries(told).filter(([flag]) => !but.includes(flag)))
    const actual = Object.fromEntries(Object.keys(flags).map((flag) => [flag, object?.flag(flag)]))
    assert.deepEqual(actual, flags, `flags of ${name}`)
  }
  if (isPair(attributes)) {
    compare(attributes.private, half('private'))
    compare(attributes.public, half('public'))
  } else compare(attributes, half(kind as 'secret'))
}

const privateFirst = (a: TokenObject, b: TokenObject): number => Number(b.flag('PRIVATE')) - Number(a.flag('PRIVATE'))

function stillDecrypts(objects: TokenObject[], { label: name, plain, secret }: Kept): void {
  const key = objects.find((object) => object.label === name)
  assert.deepEqual(key?.decrypt(secret), plain, `${name} decrypts what it encrypted before the crash`)
}
