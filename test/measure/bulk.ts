// Many keys, from the first to the last command: made under one quorum, backed up, restored onto a second token, and looked at.
// Beside each step: how long the bare PKCS#11 calls of the same keys take, with those that prove what was done.
import { join } from 'node:path'
import { environment, launcher } from '../support/keyrite.ts'
import { blank } from '../support/partition.ts'
import { makeFolder } from '../support/softhsm.ts'
import { BareToken } from './bare-token.ts'
import { type Step, throughEverything } from './bulk-steps.ts'
import { type Timed, timed } from './timed.ts'

type Bare = Readonly<Record<string, () => Promise<Timed>>>

function stepper(count: number, env: Record<string, string>, bare: Bare): Step {
  const rate = (ms: number): string => String(Math.round(count / (ms / 1000))).padStart(7)
  const speed = ({ ms }: Timed): string => `${(ms / 1000).toFixed(2).padStart(8)} s  ${rate(ms)} keys a second`
  return async (args) => {
    const name = args.slice(0, 2).join(' ')
    const took = await timed(launcher, [...args, '--json', '--no-input', '--timeout', '600'], env)
    const beside = await bare[name]?.()
    const against = beside ? `  bare${speed(beside)}  ${(took.ms / beside.ms).toFixed(2)} x` : ''
    console.log(`${name.padEnd(16)} ${speed(took)}  ${String(took.peak).padStart(4)} MB${against}`)
    return JSON.parse(took.stdout).data
  }
}

async function through(count: number): Promise<void> {
  using place = blank()
  using token = await BareToken.make()
  using second = await BareToken.make()
  const options = { count, blobs: join(makeFolder('bulk'), 'blobs'), evidence: true }
  const bare = {
    'key generate': () => token.run('generate', options),
    'backup create': () => token.run('wrap', options),
    'backup restore': () => second.run('unwrap', options),
  }
  console.log(`\n${count} AES-256 keys on SoftHSM; memory is that of the command, without its host process`)
  await throughEverything(place, count, stepper(count, environment({ home: place.home, env: place.folder.env }), bare))
}

const wanted = process.argv.slice(2).map(Number)
for (const count of wanted.length > 0 ? wanted : [1000, 10_000]) {
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('how many keys? a number, such as 10000')
  await through(count)
}
