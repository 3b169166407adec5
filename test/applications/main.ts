// Real clients at work while ceremonies go on: `npm run test:applications`, or `-- nginx java` for those. What no ceremony may disturb has
// to go on; after a promotion a client may fail until it has loaded its keys anew, and then not.
import { existsSync } from 'node:fs'
import { CLIENTS, type Client, type Working } from './clients.ts'
import { ApplicationPlace } from './place.ts'

const say = (text: string) => process.stdout.write(`${text}\n`)

interface Tally {
  done: number
  failed: string[]
}

/** Uses the key all the time, as long as the ceremony goes on, and once before and after. */
async function meanwhile(working: Working, ceremony: () => Promise<unknown>): Promise<Tally> {
  const tally: Tally = { done: 0, failed: [] }
  const use = () =>
    working.use().then(
      () => tally.done++,
      (error: Error) => tally.failed.push(error.message),
    )
  await use()
  let going = true
  const over = ceremony().finally(() => {
    going = false
  })
  while (going) {
    await use()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await use()
  await over
  return tally
}

const inWords = ({ done, failed }: Tally): string =>
  failed.length === 0 ? `${done} of ${done}` : `${done} of ${done + failed.length}; ${failed.at(-1)!.slice(0, 90)}`

/** What goes on beside a client, and whether it may notice. */
const ceremonies = ({ key, logsInAnew = false }: Client, app: string, place: ApplicationPlace) =>
  [
    ['another key is delivered', false, () => place.keyrite('key', 'deliver', 'other', '--app', app)],
    ['the other key is withdrawn', false, () => place.keyrite('key', 'withdraw', 'other', '--app', app)],
    ['the next version is published', false, () => place.keyrite('key', 'publish', key)],
    ['all is looked at and put right', false, () => place.keyrite('app', 'sync', app)],
    ['its PIN gives way to the next', logsInAnew, () => place.renewPin(app)],
    ['the next version takes over', true, () => promote(key, place)],
  ] as const

async function promote(key: string, place: ApplicationPlace): Promise<void> {
  await place.keyrite('backup', 'create', place.path('second.backup'))
  if (key !== 'tls') return place.keyrite('key', 'promote', key)
  await place.certify('tls#2')
  await place.keyrite('key', 'promote', 'tls#2', '--cert', place.path('tls.pem'))
}

async function tryClient(client: Client): Promise<boolean> {
  if (!existsSync(client.wants)) {
    say(`${client.name}: left out, ${client.package} is not installed`)
    return true
  }
  using place = new ApplicationPlace()
  await place.prepare()
  const working = await client.start(place)
  let sound = true
  try {
    for (const [what, mayFail, ceremony] of ceremonies(client, client.key === 'tls' ? 'web' : 'tills', place)) {
      const tally = await meanwhile(working, ceremony)
      sound &&= mayFail || tally.failed.length === 0
      say(`${client.name}: while ${what}: ${inWords(tally)}`)
    }
    await working.reload()
    const after = await meanwhile(working, async () => undefined)
    sound &&= after.failed.length === 0
    say(`${client.name}: with its keys loaded anew: ${inWords(after)}`)
  } finally {
    working.stop()
  }
  return sound
}

const words = process.argv.slice(2).map((word) => word.toLowerCase())
const chosen = CLIENTS.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word)),
)
for (const client of chosen) {
  const sound = await tryClient(client).catch((error: Error) => {
    say(`${client.name}: ${error.message}`)
    return false
  })
  if (!sound) process.exitCode = 1
}
say(process.exitCode ? 'a ceremony has disturbed a client' : 'no ceremony has disturbed a client')
