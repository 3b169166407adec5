// Policies of witnesses as C2SP tlog-policy has them: what is enough, and what is no policy.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeyriteError } from '../../src/domain/errors.ts'
import { formatVerifierKey, noteKeyId, parseVerifierKey } from '../../src/domain/vkey.ts'
import { isEnough } from '../../src/domain/witness-policy.ts'
import { parseWitnessPolicy } from '../../src/ledger/witness-policy.ts'

/** A key that nobody has. */
const vkey = (number: number, type = 4): string => {
  const material = new Uint8Array(32).fill(number)
  const name = `w${number}.example`
  return formatVerifierKey({ name, type, material, id: noteKeyId(name, type, material) })
}

const TWO_LEVELS = `# X and Y are two organisations
log ${vkey(9, 1)} https://log.example/

witness X1 ${vkey(1)}
witness X2\t${vkey(2)}  https://x2.example/
  witness X3 ${vkey(3)}
group X-witnesses 2 X1 X2 X3
witness Y1 ${vkey(4)}
witness Y2 ${vkey(5)}
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`

test('two levels of groups', () => {
  const policy = parseWitnessPolicy(TWO_LEVELS, 'policy')
  const enough = (...seen: string[]) => isEnough(policy, new Set(seen))
  assert.deepEqual([policy.logs.length, policy.witnesses.size], [1, 5])
  assert.deepEqual(
    [enough('X1', 'X3', 'Y2'), enough('X1', 'Y1', 'Y2'), enough('X1', 'X2', 'X3'), enough()],
    [true, false, false, false],
  )
})

test('one witness, and none', () => {
  const one = parseWitnessPolicy(`witness a ${vkey(1)}\nquorum a\n`, 'policy')
  assert.deepEqual([isEnough(one, new Set()), isEnough(one, new Set(['a']))], [false, true])
  assert.ok(isEnough(parseWitnessPolicy('quorum none\n', 'policy'), new Set()))
})

describe('what is no policy is told by its line', () => {
  const rows: [text: string, line: number][] = [
    ['', 1],
    [`witness a ${vkey(1)}\n`, 2],
    [`witness a ${vkey(1)}\nquorum b\n`, 2],
    [`witness a ${vkey(1)}\nquorum a\nquorum a\n`, 3],
    [`witness a ${vkey(1)}\nwitness a ${vkey(2)}\n`, 2],
    [`witness none ${vkey(1)}\n`, 1],
    [`witness a ${vkey(1)}\nwitness b ${vkey(1)}\n`, 2],
    [`witness a ${vkey(1, 1)}\nquorum a\n`, 1],
    [`witness a ${vkey(1).replace('+', '+0')}\n`, 1],
    [`witness a ${vkey(1).replace(/.$/, 'x')}\n`, 1],
    [`witness a ${vkey(1)}\ngroup g 2 a\n`, 2],
    [`witness a ${vkey(1)}\ngroup g 0 a\n`, 2],
    [`witness a ${vkey(1)}\ngroup g any a a\n`, 2],
    ['group g all g\n', 1],
    ['group g all\n', 1],
    ['quorum none more\n', 1],
    ['observe everything\n', 1],
  ]
  for (const [text, line] of rows) {
    test(JSON.stringify(text.slice(0, 60)), () => {
      const refusal = (error: unknown) =>
        error instanceof KeyriteError &&
        error.code === 'WITNESS-POLICY' &&
        error.message.startsWith(`policy, line ${line}: `)
      assert.throws(() => parseWitnessPolicy(text, 'policy'), refusal)
    })
  }
})

test('the key of the C2SP page on signed notes is read, and written the same', () => {
  const text = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
  const key = parseVerifierKey(text)
  assert.deepEqual([key?.name, key?.type], ['example.com/foo', 1])
  assert.equal(formatVerifierKey(key!), text)
})
