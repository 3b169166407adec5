// The published schema of the answers: every command has its page there, real answers fit, and others don't. See test/examples.test.ts too.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import packageJson from '../package.json' with { type: 'json' }
import { treeOf } from '../src/docs/generate.ts'
import { commandsOf } from './support/commands.ts'
import { answerFaults, answers } from './support/json-schema.ts'
import { partition } from './support/partition.ts'

test('every command is described, and no other', () => {
  const commands = commandsOf(treeOf(packageJson.version)).filter(({ isLeaf }) => isLeaf)
  const names = commands.map(({ words }) => words.slice(1).join(' ')).filter((name) => name !== 'completion')
  const described = Object.keys(answers.$defs).flatMap((name) => /^data of (.*)/.exec(name)?.[1] ?? [])
  assert.deepEqual(described.sort(), names.sort())
})

test('a plan alone, a list, and failures', async () => {
  using place = await partition()
  const tries: [command: string, args: string[]][] = [
    ['key rotate', ['key', 'rotate', 'card', '--dry-run']],
    ['key list', ['key', 'list', '-o', 'json']],
    ['key show', ['key', 'show', 'nobody']],
    ['key list', ['key', 'list', '--nothing']],
    ['doctor', ['doctor', '--module', '/nowhere.so']],
  ]
  for (const [command, args] of tries) {
    const { json, stdout } = await place.keyrite(args)
    assert.deepEqual(answerFaults(json, command), [], stdout)
  }
})

describe('what does not fit is found', () => {
  const key = { name: 'a', version: 0, state: 'lost' }
  const rows: [answer: object, said: RegExp][] = [
    [{ ok: true, data: {} }, /^data lacks keys$/],
    [{ ok: true, data: { keys: [key] } }, /^data\.keys\.0\.version is 0$/m],
    [{ ok: true, data: { keys: [key] } }, /^data\.keys\.0\.state is "lost"$/m],
    [{ ok: true, data: { keys: [], more: 1 } }, /^data\.more is not described$/],
    [{ ok: false }, /lacks|is not/],
    [{ ok: false, error: { code: 'X', message: 'y' } }, /./],
  ]
  for (const [answer, said] of rows)
    test(JSON.stringify(answer), () => assert.match(answerFaults(answer, 'key list').join('\n'), said))
})
