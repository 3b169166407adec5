// Many keys, from the first to the last command: made under one quorum, backed up, restored onto a second token, and looked at.
// Beside each step: how long the bare PKCS#11 calls of the same keys take, with those that prove what was done.
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { environment, launcher } from '../support/keyrite.ts'
import { blank, initArgs } from '../support/partition.ts'
import { makeFolder, softhsm } from '../support/softhsm.ts'
import { BareToken } from './bare-token.ts'
import { type Timed, timed } from './timed.ts'

type Step = (name: string, args: string[], bare?: () => Promise<Timed>) => Promise<string>

function stepper(count: number, env: Record<string, string>): Step {
  const rate = (ms: number): string => String(Math.round(count / (ms / 1000))).padStart(7)
  const speed = ({ ms }: Timed): string => `${(ms / 1000).toFixed(2).padStart(8)} s  ${rate(ms)} keys a second`
  return async (name, args, bare) => {
    const took = await timed(launcher, [...args, '--json', '--no-input', '--timeout', '600'], env)
    const beside = bare ? await bare() : undefined
    const against = beside ? `  bare${speed(beside)}  ${(took.ms / beside.ms).toFixed(2)} x` : ''
    console.log(`${name.padEnd(16)} ${speed(took)}  ${String(took.peak).padStart(4)} MB${against}`)
    return took.stdout
  }
}

async function through(count: number): Promise<void> {
  using place = blank()
  using token = await BareToken.make()
  using second = await BareToken.make()
  const step = stepper(count, environment({ home: place.home, env: place.folder.env }))
  const options = { count, blobs: join(makeFolder('bulk'), 'blobs'), evidence: true }
  const approved = place.approvedBy('alice', 'bob')
  const backup = place.path('pay.backup')

  console.log(`\n${count} AES-256 keys on SoftHSM; memory is that of the command, without its host process`)
  await step('partition init', initArgs(place))
  const many = ['--type', 'aes-256', '--count', String(count)]
  await step('key generate', ['key', 'generate', 'bulk', ...many, ...approved], () => token.run('generate', options))
  await step('backup create', ['backup', 'create', backup, ...approved], () => token.run('wrap', options))
  renameSync(place.path('tokens'), place.path('old-tokens'))
  mkdirSync(place.path('tokens'))
  const onto = ['--module', softhsm, '--checkpoint', place.path('home', 'pay', 'checkpoint'), '--confirm', 'pay']
  await step('backup restore', ['backup', 'restore', backup, ...onto, ...approved], () => second.run('unwrap', options))
  const { keys } = JSON.parse(await step('key list', ['key', 'list'])).data
  await step('key show', ['key', 'show', keys.at(-1).name])
  await step('partition check', ['partition', 'check', ...approved])
  await step('audit show', ['audit', 'show'])
  await step('audit verify', ['audit', 'verify'])
  if (keys.length !== count) throw new Error(`${keys.length} keys are listed, ${count} were made`)
}

const wanted = process.argv.slice(2).map(Number)
for (const count of wanted.length > 0 ? wanted : [1000, 10_000]) {
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('how many keys? a number, such as 10000')
  await through(count)
}
