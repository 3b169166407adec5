// What the tests of the HSM port share: a token of their own, PINs, and keys to make.
import { hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { openedBy, startHost } from '../../src/client/client.ts'
import type { KeyType, Usage } from '../../src/domain/keys.ts'
import { attributesFor } from '../../src/domain/keys.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { Hsm, HsmOptions, KeySpec, Pin, UserSession } from '../../src/hsm/port.ts'
import { startHostHere } from '../support/host-here.ts'
import { environment } from '../support/keyrite.ts'
import type { TokenFolder } from '../support/softhsm.ts'
import { makeTokenFolder } from '../support/softhsm.ts'

export const text = (pin: string): Pin => ({ bytes: new Secret(Buffer.from(pin)), form: 'text' })

/** A PIN as the quorum derives it: always the same for one word. */
export const derived = (word: string): Pin => ({
  bytes: new Secret(new Uint8Array(hkdfSync('sha256', word, '', 'test', 20))),
  form: 'derived',
})

export const SO = () => derived('so')
export const USER = () => derived('user')

/** `here`: the tests of this token want no process of its own beside the library. */
type Place = TokenFolder & { here?: true }

/** A library, and what a process needs to reach its tokens. */
interface Reached extends Pick<Place, 'module' | 'here'> {
  env: Readonly<Record<string, string>>
}

export const open = async (at: Reached, options: Partial<HsmOptions> = {}): Promise<Hsm> => {
  const start = at.here ? startHostHere : startHost
  const env = environment({ env: { ...at.env } })
  return openedBy(start({ module: at.module, timeout: 20, env, ...options }))
}

export interface Bench {
  folder: Place
  serial: string
}

export const here = ({ folder, serial }: Bench): Bench => ({ folder: { ...folder, here: true }, serial })

/** A folder with one token that has both its PINs. */
export async function makeToken(label = 'bench', options: Partial<HsmOptions> = {}): Promise<Bench> {
  const folder = makeTokenFolder()
  await using hsm = await open(folder, options)
  const [blank] = await hsm.slots()
  const { serial } = await hsm.initToken(blank!.slot, text('12345678'), label)
  await hsm.setPins({ serial }, text('12345678'), SO(), USER())
  return { folder, serial }
}

export const spec = (type: KeyType, usages: readonly Usage[], label = `test/${type}#1`): KeySpec => ({
  label,
  id: randomBytes(16),
  type,
  attributes: attributesFor(type, usages, true),
})

/** Runs `use` logged in as user. */
export async function loggedIn<T>(
  { folder, serial }: Bench,
  use: (session: UserSession, hsm: Hsm) => Promise<T>,
  options: Partial<HsmOptions> = {},
): Promise<T> {
  await using hsm = await open(folder, options)
  await using session = await hsm.login({ serial }, USER())
  return await use(session, hsm)
}

/** A zombie counts as alive for kill(pid, 0). */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !existsSync(stat) || !readFileSync(stat, 'utf8').includes(') Z ')
}

export async function ended(pid: number, within = 60_000): Promise<boolean> {
  for (let waited = 0; waited < within; waited += 20) {
    if (!isRunning(pid)) return true
    await pause(20)
  }
  return false
}
