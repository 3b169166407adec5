// Many keys at once against the bare calls that no program can do without, and against a process for each key.
import { join } from 'node:path'
import { environment, launcher } from '../support/keyrite.ts'
import { blank, initArgs, type TestPartition } from '../support/partition.ts'
import { loseTokens, makeFolder, softhsm } from '../support/softhsm.ts'
import { BareToken } from './bare-token.ts'
import { atLeast, atMost, heading, line } from './say.ts'
import { inTurn, type Timed, timed } from './timed.ts'

const TIMES = 5
const KEYS = 1000
const SAMPLE = 50
const BARE = 'bare C_GenerateKey'

export const keyrite = (place: TestPartition, ...args: string[]): Promise<Timed> =>
  timed(launcher, [...args, '--json', '--no-input'], environment({ home: place.home, env: place.folder.env }))

export const approved = (place: TestPartition) => place.approvedBy('alice', 'bob')

export const generate = (place: TestPartition, count: number) =>
  keyrite(place, 'key', 'generate', 'bench', '--type', 'aes-256', '--count', `${count}`, ...approved(place))

/** A run on a copy of its own: a token slows with every object that lies on it. */
export async function onCopy<T extends Disposable>(
  of: { copy(): T },
  run: (copy: T) => Promise<Timed>,
): Promise<Timed> {
  using copy = of.copy()
  return await run(copy)
}

const loop = (token: BareToken): Promise<Timed> =>
  token.loop({ sample: SAMPLE, all: KEYS }, (i) => ['--keygen', '--key-type', 'AES:32', '--label', `one-${i}`])

async function generating(place: TestPartition, token: BareToken, half: BareToken): Promise<void> {
  const took = await inTurn(TIMES, {
    bare: () => onCopy(token, (copy) => copy.run('generate', { count: KEYS })),
    proved: () => onCopy(token, (copy) => copy.run('generate', { count: KEYS, evidence: true })),
    beside: () => onCopy(token, (copy) => copy.run('generate-beside', { count: KEYS })),
    ours: () => onCopy(place, (copy) => generate(copy, KEYS)),
    tool: () => onCopy(half, loop),
    idle: () => onCopy(token, (copy) => copy.run('generate')),
    one: () => onCopy(place, (copy) => generate(copy, 1)),
  })
  heading(`${KEYS} AES-256 keys; shares not encrypted, or their scrypt would count too`)
  console.log('  keyrite works in up to four sessions; the bare calls in one, but where it is said')
  line(BARE, took.bare)
  line('the same, check value and attributes read', took.proved, took.bare, BARE)
  line('the same with evidence, in four sessions', took.beside, took.bare, BARE)
  line(`keyrite key generate --count ${KEYS}`, took.ours, took.bare, BARE)
  line(`pkcs11-tool --keygen, ${KEYS} times`, took.tool, took.bare, BARE)
  console.log(`  the loop is ${SAMPLE} processes on a token that is half full, times ${KEYS / SAMPLE}`)
  line('bare, no key', took.idle)
  line('keyrite key generate --count 1', took.one)
  const more = (took.ours.ms - took.one.ms) / (took.proved.ms - took.idle.ms)
  atMost('each further key, times the bare calls with evidence', more, 1.1)
  atMost('key generate, times bare C_GenerateKey alone', took.ours.ms / took.bare.ms, 1.1)
  atMost('key generate, times the bare calls with evidence', took.ours.ms / took.proved.ms, 1.1)
  atLeast('a pkcs11-tool loop, times key generate', took.tool.ms / took.ours.ms, 10)
}

/** `single`: a partition with one key. */
async function backingUp(
  { place, single }: { place: TestPartition; single: TestPartition },
  { token, empty }: { token: BareToken; empty: BareToken },
  blobs: string,
): Promise<void> {
  const took = await inTurn(TIMES, {
    bare: () => token.run('wrap', { blobs }),
    proved: () => token.run('wrap', { blobs, evidence: true }),
    ours: () => onCopy(place, backUp),
    idle: () => onCopy(empty, (copy) => copy.run('generate')),
    one: () => onCopy(single, backUp),
  })
  heading(`a backup of ${KEYS} keys`)
  line('bare C_WrapKey', took.bare)
  line('the same, read, and opened again', took.proved, took.bare, 'bare C_WrapKey')
  line('keyrite backup create', took.ours, took.bare, 'bare C_WrapKey')
  line('bare, no key', took.idle)
  line('keyrite backup create, of one key', took.one)
  const more = (took.ours.ms - took.one.ms) / (took.proved.ms - took.idle.ms)
  atMost('backup create, times the bare calls with evidence', took.ours.ms / took.proved.ms, 1.8)
  atMost('each further key, times the bare calls with evidence', more, 1.5)
}

const backUp = (place: TestPartition) =>
  keyrite(place, 'backup', 'create', place.path('pay.backup'), ...approved(place))

function restore(place: TestPartition): Promise<Timed> {
  const how = ['--module', softhsm, '--no-checkpoint', '--confirm', 'pay', ...approved(place)]
  return keyrite(place, 'backup', 'restore', place.path('pay.backup'), ...how)
}

/** `single`: one that had one key. */
async function restoring(
  { lost, single }: { lost: TestPartition; single: TestPartition },
  empty: BareToken,
  blobs: string,
): Promise<void> {
  const took = await inTurn(TIMES, {
    bare: () => onCopy(empty, (copy) => copy.run('unwrap', { blobs })),
    proved: () => onCopy(empty, (copy) => copy.run('unwrap', { blobs, evidence: true })),
    ours: () => onCopy(lost, restore),
    idle: () => onCopy(empty, (copy) => copy.run('generate')),
    one: () => onCopy(single, restore),
  })
  heading(`${KEYS} keys restored on a new token`)
  line('bare C_UnwrapKey', took.bare)
  line('the same, opened before, read, wrapped again', took.proved, took.bare, 'bare C_UnwrapKey')
  line('keyrite backup restore', took.ours, took.bare, 'bare C_UnwrapKey')
  line('bare, no key', took.idle)
  line('keyrite backup restore, of one key', took.one)
  console.log('  a restore begins a token, and tries out what it can do, before the first key comes')
  const more = (took.ours.ms - took.one.ms) / (took.proved.ms - took.idle.ms)
  atMost('backup restore, times the bare calls with evidence', took.ours.ms / took.proved.ms, 1.35)
  atMost('each further key, times the bare calls with evidence', more, 1.35)
}

export async function bulk(): Promise<void> {
  using place = blank()
  await keyrite(place, ...initArgs(place))
  using token = await BareToken.make()
  using half = token.copy()
  await half.run('generate', { count: (KEYS - SAMPLE) / 2 })
  await generating(place, token, half)
  using single = place.copy()
  await generate(single, 1)
  await generate(place, KEYS)
  using empty = token.copy()
  await token.run('generate', { count: KEYS })
  const blobs = join(makeFolder('bench'), 'blobs')
  await backingUp({ place, single }, { token, empty }, blobs)
  for (const one of [place, single]) {
    await backUp(one)
    loseTokens(one.folder)
  }
  await restoring({ lost: place, single }, empty, blobs)
}
