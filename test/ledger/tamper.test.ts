// A ledger of 200 records. Every line changed, dropped, swapped, doubled, its signature stripped or altered: all found, by name.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { canonical } from '../../src/domain/canonical.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import { leafOf } from '../../src/domain/record.ts'
import { LedgerFile } from '../../src/ledger/file.ts'
import { Replay } from '../../src/ledger/replay.ts'
import { auditText, checkpointOf, openText, ruleOf, verifyByCommand } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { mirrored } from '../support/forgeries.ts'
import { sample } from '../support/full.ts'
import { perform } from '../support/in-process.ts'
import { install, type Loose, textOf } from '../support/ledger.ts'
import { makeFolder } from '../support/softhsm.ts'
import { RECORDS, Story } from '../support/story.ts'

const home = join(makeFolder('newest'), 'home')
let story: Story
let lines: readonly string[]

before(async () => {
  story = Story.tell(await newCast())
  lines = story.lines
})

const places = Array.from({ length: RECORDS }, (_, n) => n)
const isSigned = (line: string): boolean => !line.endsWith('"signature":null}')
const replaced = (n: number, ...by: string[]): string[] => [...lines.slice(0, n), ...by, ...lines.slice(n + 1)]
const audited = (some: readonly string[], checkpoints: string[] = []): string =>
  ruleOf(() => auditText(textOf(some), { checkpoints }))

const changed = (line: string): string => line.replace('"tool":{"name":"keyrite"', '"tool":{"name":"keyrita"')
const withSignature = (line: string, signature: unknown): string =>
  canonical({ record: JSON.parse(line).record, signature })
const stripped = (line: string): string => withSignature(line, null)
const signatureOf = (line: string): Loose => JSON.parse(line).signature

function altered(line: string): string {
  const { value, ...rest } = signatureOf(line)
  return withSignature(line, { ...rest, value: `${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}` })
}

/** Another record's signature, by the same key. */
function borrowed(n: number): string {
  const other = lines.findLast(
    (line, i) => i !== n && isSigned(line) && signatureOf(line).key === signatureOf(lines[n]!).key,
  )
  return withSignature(lines[n]!, signatureOf(other!))
}

test('the ledger as it was written holds', () => {
  const { history, size } = auditText(story.text)
  assert.equal(size, RECORDS)
  assert.equal(history.leaf, story.leaf)
  const types = new Set(lines.map((line) => JSON.parse(line).record.type))
  assert.ok(
    ['intent', 'outcome', 'recovered', 'denied', 'note', 'drill', 'token.replaced'].every((type) => types.has(type)),
  )
})

/** Everything after it follows again, wherever a leaf stands, and nobody signs it anew. */
function mended(from: number, change: (line: string) => string): string[] {
  const renamed = new Map<string, string>()
  return lines.map((line, n) => {
    const bent = n === from ? change(line) : line.replace(/[\w-]{43}/g, (leaf) => renamed.get(leaf) ?? leaf)
    if (bent !== line) renamed.set(leafText(line), leafText(bent))
    return bent
  })
}

const leafText = (line: string): string => toBase64url(leafOf(line))

test("a reader of one's own ledger checks the newest signatures: they stand for all the others", () => {
  const newest = (text: string) => ruleOf(() => LedgerFile.open(install(text, home), { signatures: 'newest' }))
  assert.equal(newest(story.text), 'none')
  for (const n of [1, 60, RECORDS - 1]) {
    assert.equal(newest(textOf(mended(n, changed))), 'SIGNATURE-VALID', `record ${n}`)
    // Without it the edit passes: whoever logs in has the token's head.
    assert.equal(
      ruleOf(() => openText(textOf(mended(n, changed)))),
      'none',
    )
  }
})

/** Offers each line bent to a verifier that has taken those before it; nothing of it stays, so it goes on with the true one. */
function offerEach(bend: (n: number) => string | undefined, rule: string): void {
  const replay = new Replay(0)
  for (const n of places) {
    const line = bend(n)
    if (line !== undefined)
      assert.equal(
        ruleOf(() => replay.take(Buffer.from(line))),
        rule,
        `line ${n}`,
      )
    replay.take(Buffer.from(lines[n]!))
  }
  assert.equal(replay.history.leaf, story.leaf)
}

const ofSigned = (bend: (line: string) => string) => (n: number) => (isSigned(lines[n]!) ? bend(lines[n]!) : undefined)

test('each signed line changed', () => offerEach(ofSigned(changed), 'SIGNATURE-VALID'))
test('each signature altered', () => offerEach(ofSigned(altered), 'SIGNATURE-VALID'))
test('each signature borrowed', () =>
  offerEach((n) => (isSigned(lines[n]!) ? borrowed(n) : undefined), 'SIGNATURE-VALID'))
test('each line dropped, or swapped with the next', () => offerEach((n) => lines[n + 1], 'CHAIN-SEQ'))
test('each line doubled', () => offerEach((n) => lines[n - 1], 'CHAIN-SEQ'))
test('each line swapped with one far away', () => offerEach((n) => lines[(n * 83 + 41) % RECORDS], 'CHAIN-SEQ'))

test('each unsigned line changed, each signature stripped: the line after it does not follow', () => {
  for (const n of sample(places.slice(0, -1), (place) => place % 3 === 0)) {
    const bent = isSigned(lines[n]!) ? stripped(lines[n]!) : changed(lines[n]!)
    assert.equal(
      ruleOf(() => openText(textOf([...lines.slice(0, n), bent, lines[n + 1]!]))),
      'CHAIN-PREV',
      `line ${n}`,
    )
  }
})

test('all of it in the file, at every 40th line', () => {
  for (const n of sample(places, (place) => place % 40 === 7)) {
    const line = lines[n]!
    const by = (...some: string[]) => audited(replaced(n, ...some))
    const signed = isSigned(line)
    assert.equal(by(changed(line)), signed ? 'SIGNATURE-VALID' : 'CHAIN-PREV', `changed ${n}`)
    if (signed) assert.equal(by(altered(line)), 'SIGNATURE-VALID', `altered ${n}`)
    if (signed) assert.equal(by(stripped(line)), 'CHAIN-PREV', `stripped ${n}`)
    assert.equal(by(), 'CHAIN-SEQ', `dropped ${n}`)
    assert.equal(by(line, line), 'CHAIN-SEQ', `doubled ${n}`)
    assert.equal(audited([...replaced(n), line]), 'CHAIN-SEQ', `moved to the end ${n}`)
  }
})

test('the last line: stripped, dropped, doubled, with something beside its signature', async () => {
  const last = lines.at(-1)!
  const by = (...some: string[]) => audited(replaced(RECORDS - 1, ...some))
  const signature = signatureOf(last)
  assert.equal(by(stripped(last)), 'SIGNATURE-LAST')
  assert.equal(by(last, last), 'CHAIN-SEQ')
  assert.equal(by(withSignature(last, { ...signature, more: 1 })), 'RECORD-SHAPE')
  assert.equal(by(withSignature(last, { ...signature, alg: 'ES256' })), 'SIGNATURE-VALID')
  assert.equal(by(withSignature(last, { ...signature, key: story.cast.stranger.key.id })), 'SIGNER-KNOWN')
  const short = Buffer.from(signature.value, 'base64url').subarray(0, 63).toString('base64url')
  for (const value of [short, `${signature.value}AA`, '']) {
    assert.equal(by(withSignature(last, { ...signature, value })), 'SIGNATURE-VALID', value)
  }
  assert.equal(by(canonical({ ...JSON.parse(last), more: 1 })), 'RECORD-SHAPE')
})

test('the tail cut at any signed line: found by a checkpoint of what was there', async () => {
  const { partition, newAudit } = story.cast
  const checkpoint = await checkpointOf(lines, partition, newAudit)
  // The key that signs the checkpoint came with the second token.
  const cuts = places.filter((n) => n > story.steps.get('token')! && isSigned(lines[n - 1]!))
  for (const n of [cuts[0]!, ...cuts.slice(-3)]) {
    assert.equal(audited(lines.slice(0, n)), 'none', `${n}`)
    assert.equal(audited(lines.slice(0, n), [checkpoint]), 'CHECKPOINT-BEHIND', `${n}`)
  }
  assert.equal(audited(lines, [checkpoint]), 'none')
  // Before that it is not known, and the checkpoint is not to blame.
  const before = places.findLast((n) => n <= story.steps.get('restore')! && isSigned(lines[n - 1]!))!
  const saying = (message: string) => ({ code: 'CHECKPOINT-SIGNED', message: expectation(message) })
  const expectation = (words: string) => new RegExp(`${words}$`)
  const of = await checkpointOf(lines.slice(0, before), partition, story.cast.stranger)
  assert.throws(
    () => auditText(textOf(lines.slice(0, before)), { checkpoints: [checkpoint] }),
    saying(
      `it saw ${lines.length} records, and the ledger, which holds ${before}, may be an older copy, or have been cut`,
    ),
  )
  assert.throws(
    () => auditText(textOf(lines.slice(0, before)), { checkpoints: [of] }),
    saying('or a line in its name is wrong'),
  )
})

// Anyone can turn an ECDSA signature (r, s) into (r, n - s). Both verify, and only the lower s is taken.
test('signature of last record can be turned: it is refused in the middle and at the end', () => {
  const mirror = (line: string) => {
    const { value, ...rest } = signatureOf(line)
    return withSignature(line, { ...rest, value: mirrored(value) })
  }
  assert.equal(audited(replaced(5, mirror(lines[5]!))), 'SIGNATURE-VALID')
  const upTo = lines.slice(0, 7)
  const bent = [...upTo.slice(0, -1), mirror(upTo.at(-1)!)]
  assert.equal(audited(bent), 'SIGNATURE-VALID')
})

test('any byte of the first records changed, added or taken away', () => {
  const bytes = Buffer.from(textOf(lines.slice(0, 7)))
  const bend = (at: number, by: number, how: string) => {
    const middle = how === 'drop' ? [] : [how === 'add' ? by : bytes[at]! ^ by]
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(middle), bytes.subarray(how === 'add' ? at : at + 1)])
  }
  const change = [
    fc.nat(bytes.length - 2),
    fc.integer({ min: 1, max: 255 }),
    fc.constantFrom('flip', 'add', 'drop'),
  ] as const
  fc.assert(
    fc.property(...change, (at, by, how) =>
      assert.notEqual(
        ruleOf(() => auditText(bend(at, by, how))),
        'none',
      ),
    ),
    { numRuns: 300 },
  )
})

test('other ends of lines', () => {
  for (const n of [0, 1, 7, 100, RECORDS - 1]) {
    assert.equal(audited(replaced(n, `${lines[n]}\r`)), 'LINE-CANONICAL', `CR LF ${n}`)
    assert.equal(audited(replaced(n, lines[n]!, '')), 'LINE-CANONICAL', `a blank line ${n}`)
    if (n < RECORDS - 1) assert.equal(audited(replaced(n, lines[n]! + lines[n + 1]!)), 'LINE-CANONICAL', `no LF ${n}`)
  }
  assert.equal(audited([]), 'LEDGER-BEGINS')
  assert.equal(
    ruleOf(() => auditText(Buffer.from([0xff, 10]))),
    'LINE-CANONICAL',
  )
})

test('the program says the same, with exit 5', async () => {
  const middle = places.find((n) => n > 100 && isSigned(lines[n]!))!
  const sample: [rule: string, ledger: readonly string[]][] = [
    ['SIGNATURE-VALID', replaced(20, changed(lines[20]!))],
    ['SIGNATURE-VALID', replaced(middle, altered(lines[middle]!))],
    ['CHAIN-PREV', replaced(5, stripped(lines[5]!))],
    ['CHAIN-SEQ', replaced(30)],
    ['CHAIN-SEQ', replaced(40, lines[40]!, lines[40]!)],
    ['CHAIN-SEQ', [...lines.slice(0, 50), lines[51]!, lines[50]!, ...lines.slice(52)]],
    ['SIGNATURE-LAST', replaced(RECORDS - 1, stripped(lines[RECORDS - 1]!))],
    ['LINE-CANONICAL', replaced(3, `${lines[3]} `)],
  ]
  for (const [rule, ledger] of sample) {
    const { code, json, stderr } = await verifyByCommand(textOf(ledger))
    assert.equal(code, 5, stderr)
    assert.deepEqual(
      { ok: json.ok, code: json.error.code, changed: json.error.changed },
      { ok: false, code: rule, changed: false },
    )
  }
})

test('a copy of a ledger is verified where there is no home', async () => {
  const folder = makeFolder('copy')
  const copy = install(textOf(lines), join(folder, 'elsewhere'))
  const verify = (...args: string[]) =>
    perform(['audit', 'verify', '--ledger', copy, '--json', ...args], { home: join(folder, 'none') })
  const { data } = (await verify()).json
  assert.equal((await verify('--anchor', data.anchor)).json.data.verified, 'authenticated by its anchor')
  const wrong = await verify('--anchor', data.code)
  assert.deepEqual([wrong.code, wrong.json.error.code], [5, 'ANCHOR-MATCHES'])
})
