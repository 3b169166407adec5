// Signatures looked at on every core: what a long ledger is told to be is what reading it in turn says.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { before, test } from 'node:test'
import { KeyriteError } from '../../src/domain/errors.ts'
import { Pool } from '../../src/ledger/pool.ts'
import { takenBy } from '../../src/ledger/signatures.ts'
import { sourceAt } from '../../src/ledger/source.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { install, textOf } from '../support/ledger.ts'
import { makeFolder } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'

const home = makeFolder('pool')
let cast: Cast

before(async () => {
  cast = await newCast()
})

/** The story's first records, the last of them as it is or bent, and then notes until it is read on all cores. */
function long(bend = (line: string) => line): { lines: string[]; bent: number } {
  const first = Story.tell(cast, 30)
  const bent = first.lines.findLastIndex((line) => !line.endsWith('null}'))
  first.lines[bent] = bend(first.lines[bent]!)
  const story = first.branch(bent + 1)
  for (let i = 0; i < 300; i++) story.note('long', 'so it goes '.repeat(360))
  return { lines: story.lines, bent }
}

/** The same line with another signature. */
const wrongly = (line: string): string =>
  line.replace(
    /"value":"([^"]{20})([^"]+)"\}\}$/,
    (_, start, end) => `"value":"${start.split('').reverse().join('')}${end}"}}`,
  )

const told = (read: () => unknown) => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    return [error.code, error.message]
  }
}

/** On all cores, and in turn: each record is told of there. */
function both(lines: readonly string[]) {
  const path = install(textOf(lines), home)
  const source = sourceAt(path, true)
  const facts = ({ root, size, history }: ReturnType<typeof source.audit>) => [size, history.leaf, ...root]
  const proofs = { checkpoints: [] }
  return [told(() => facts(source.audit(proofs))), told(() => facts(source.audit(proofs, () => {})))] as const
}

test('a long ledger that is sound', (t) => {
  const { lines } = long()
  const finish = t.mock.method(Pool.prototype, 'finish')
  const [all, turn] = both(lines)
  assert.deepEqual(
    finish.mock.calls.map(({ result }) => result),
    [true],
  )
  assert.deepEqual(all, turn)
  assert.equal((all as unknown[])[0], lines.length)
})

test('one with a wrong signature, at its beginning, before its end, and last', () => {
  const early = long(wrongly)
  const { lines } = long()
  const cases: (readonly [readonly string[], number])[] = [
    [early.lines, early.bent],
    [lines.with(-1, wrongly(lines.at(-1)!)), lines.length - 1],
    [lines.slice(0, -1).with(-1, wrongly(lines.at(-2)!)), lines.length - 2],
  ]
  for (const [bent, seq] of cases) {
    const [all, turn] = both(bent)
    assert.deepEqual(all, ['SIGNATURE-VALID', `record ${seq}: its signature is wrong`])
    assert.deepEqual(all, turn)
  }
})

test('a pool with threads and without: more than its slots hold, what is too long, and one wrong among many', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const signed = (message: Buffer) => ({ alg: 'EdDSA' as const, spki, message, value: sign(null, message, privateKey) })
  for (const threads of [0, 1]) {
    const finish = (wrong: boolean) => {
      using pool = new Pool(threads)
      for (let i = 0; i < 100; i++) assert.ok(pool.add(signed(Buffer.alloc(40_000, i))))
      assert.equal(pool.add(signed(Buffer.alloc(140_000))), false)
      if (wrong) pool.add({ ...signed(Buffer.from('a')), message: Buffer.from('b') })
      return pool.finish()
    }
    assert.deepEqual([finish(false), finish(true)], [true, false])
  }
})

test('what is asked after a ledger was read is answered at once', () => {
  assert.throws(() =>
    takenBy({ add: () => true }, () => {
      throw new Error('in the middle')
    }),
  )
  const [, turn] = both(long(wrongly).lines)
  assert.match(`${turn}`, /^SIGNATURE-VALID/)
})
