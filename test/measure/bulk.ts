// Many keys, from the first to the last command: made under one quorum, backed up, restored onto a second token, and looked at.
import { mkdirSync, renameSync } from 'node:fs'
import { environment, launcher } from '../support/keyrite.ts'
import { blank, initArgs } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'
import { timed } from './timed.ts'

const count = Number(process.argv[2] ?? 1000)
if (!Number.isSafeInteger(count) || count < 1) throw new Error('how many keys? a number, such as 10000')

using place = blank()
const env = environment({ home: place.home, env: place.folder.env })

async function step(name: string, ...args: string[]): Promise<string> {
  const { ms, peak, stdout } = await timed(launcher, [...args, '--json', '--no-input', '--timeout', '600'], env)
  console.log(`${name.padEnd(18)} ${(ms / 1000).toFixed(2).padStart(9)} s  ${String(peak).padStart(5)} MB`)
  return stdout
}

const approved = place.approvedBy('alice', 'bob')
const backup = place.path('pay.backup')
console.log(`${count} AES-256 keys on SoftHSM; memory is that of the command, without its host process`)
await step('partition init', ...initArgs(place))
await step('key generate', 'key', 'generate', 'bulk', '--type', 'aes-256', '--count', String(count), ...approved)
await step('backup create', 'backup', 'create', backup, ...approved)
renameSync(place.path('tokens'), place.path('old-tokens'))
mkdirSync(place.path('tokens'))
const newest = ['--checkpoint', place.path('home', 'pay', 'checkpoint'), '--confirm', 'pay']
await step('backup restore', 'backup', 'restore', backup, '--module', softhsm, ...newest, ...approved)
const { keys } = JSON.parse(await step('key list', 'key', 'list')).data
await step('key show', 'key', 'show', `bulk-${String(count).padStart(String(count).length, '0')}`)
await step('partition verify', 'partition', 'verify', ...approved)
await step('audit show', 'audit', 'show')
await step('audit verify', 'audit', 'verify')
if (keys.length !== count) throw new Error(`${keys.length} keys are listed, ${count} were made`)
