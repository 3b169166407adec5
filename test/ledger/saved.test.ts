// A history that was saved at any of its records and taken up again goes on as if it had never been away: every kind of ledger, at every record.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256, toBase64url, utf8 } from '../../src/domain/encoding.ts'
import { leafOf } from '../../src/domain/record.ts'
import {
  isAtRest,
  restored,
  STATE_FORMAT,
  shelvesOf,
  stateDigest,
  stateOf,
  stateText,
  type Told,
} from '../../src/domain/saved-history.ts'
import { NEVER, Replay } from '../../src/ledger/replay.ts'
import { ApplicationStory } from '../support/application-story.ts'
import { newCast } from '../support/cast.ts'
import { CeremonyStory } from '../support/ceremony-story.ts'
import { recordOf } from '../support/ledger.ts'
import { ManifestStory } from '../support/manifest-story.ts'
import { QuorumStory, quorumCast } from '../support/quorum-story.ts'
import { Story } from '../support/story.ts'
import { WaitedStory } from '../support/waited-story.ts'

/** Each is gone on with for a while, and every so many to the end. */
const [NEAR, FAR] = [8, 25]

const digestOf = (told: Told): string => stateDigest(stateText(told))

/** As from an index: its text, its pages, and the records before it. */
function savedAndRestored(told: Told, lines: readonly string[]): Told {
  const pages = Object.fromEntries(
    Object.entries(shelvesOf(told.history)).map(([name, shelf]) => [
      name,
      new Map([...shelf.pages()].map(({ bucket, page }) => [bucket, page])),
    ]),
  )
  const hashes = Object.fromEntries(
    Object.entries(shelvesOf(told.history)).map(([name, shelf]) => [name, Uint8Array.from(shelf.hashes())]),
  )
  const text = stateText(told)
  return restored(
    text,
    (name, { size, digest }) => {
      assert.equal(toBase64url(sha256(hashes[name]!)), digest)
      return { size, hashes: hashes[name]!, pages: (buckets) => buckets.map((bucket) => pages[name]!.get(bucket)!) }
    },
    (seq) => ({ leaf: toBase64url(leafOf(lines[seq]!)), time: recordOf(lines[seq]!).time }),
  )!
}

function check(lines: readonly string[]): void {
  const whole = new Replay(NEVER)
  const digests = lines.map((line) => {
    whole.take(utf8(line))
    return digestOf(whole)
  })
  const alone = new Replay(NEVER)
  let rests = 0
  for (const [n, line] of lines.entries()) {
    alone.take(utf8(line))
    if (!isAtRest(alone.history)) continue
    rests++
    const told = savedAndRestored(alone, lines)
    assert.equal(digestOf(told), digests[n], `record ${n}: what is restored is what was saved`)
    const after = new Replay(NEVER, told)
    const end = rests % FAR === 0 ? lines.length : Math.min(n + NEAR, lines.length)
    for (const next of lines.slice(n + 1, end)) after.take(utf8(next))
    assert.equal(digestOf(after), digests[end - 1], `record ${n}: it goes on to the same end`)
    if (end === lines.length) assert.deepEqual([...after.history.keys], [...whole.history.keys], 'in their order')
  }
  assert.ok(rests > 3)
}

/** What a history has, each saved or following from what is: whoever adds to it saves that too. */
const PARTS =
  'anchor applications approving at auditKeys backups backupStartedBy ceremonies certificates checkPlace closedBackups conducted created custody earlierTokens exports ' +
  'key keys leaf members name needsOf partition parts replacedBy requests retired rosters seq signers stations time untouchedPin waited'

/** Members of the state, to the second level. */
const MEMBERS =
  'accepted anchor applications auditKeys backups{certificates,closed,exports,made,newest,notRestored,restored,started} ceremonies{finished,last} conducted{last,manifest,refusals} created ' +
  'custody{drills,kept,people,proven,retired,sent} earlierTokens format leaf leaves living members module name open partition plans{recent,settled} profile requests ' +
  'retired rosters{bridges,confirmed,pins,rosters,sets,stage,suspended,takeovers} seq shelves{keys,nonces,pairs,versions} signers{all,by} stations time token tree'

test('a state that holds other things has another format', async () => {
  const told = new Replay(NEVER)
  assert.equal(
    Object.keys(told.history)
      .sort((a, b) => a.localeCompare(b))
      .join(' '),
    PARTS,
  )
  for (const line of Story.tell(await newCast(), 20).lines) told.take(utf8(line))
  const inside = ['backups', 'ceremonies', 'conducted', 'custody', 'plans', 'rosters', 'shelves', 'signers']
  const members = Object.entries(stateOf(told)).map(([name, value]) =>
    inside.includes(name) ? `${name}{${Object.keys(value as object).sort()}}` : name,
  )
  assert.equal(`${members.sort().join(' ')}, ${STATE_FORMAT}`, `${MEMBERS}, keyrite.state/3`)
})

test('a partition of 200 records', async () => check(Story.tell(await newCast()).lines))
test('applications', async () => check(ApplicationStory.whole(await newCast()).lines))
test('custodians who are replaced', async () => check(QuorumStory.whole(await quorumCast()).lines))
test('ceremonies', async () => check(CeremonyStory.whole(await newCast()).lines))
test('a ledger that lay in a database', async () => check(WaitedStory.whole(await newCast()).lines))
test('a manifest', async () => check(ManifestStory.whole(await newCast()).lines))
