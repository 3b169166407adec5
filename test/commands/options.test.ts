// What commands of one kind take, they all take: an option that one of them lacks is one that a script trips over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { treeOf } from '../../src/docs/generate.ts'

const allIn = (command: Command): Command[] => [command, ...command.commands.flatMap(allIn)]

test('whatever takes shares is planned, can be shown alone, expires, and says why', () => {
  const changing = allIn(treeOf('1.2.3')).filter(({ options }) => options.some(({ long }) => long === '--share'))
  assert.ok(changing.length > 12)
  for (const command of changing)
    for (const flag of ['--share-fd', '--passphrase-file', '--identity', '--dry-run', '--expires', '--reason'])
      assert.ok(
        command.options.some(({ long }) => long === flag),
        `${command.parent?.name()} ${command.name()} lacks ${flag}`,
      )
})
