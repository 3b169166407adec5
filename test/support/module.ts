// SoftHSM behind a module that does as a small script says; test/README.md has the script's language.
import { existsSync, readFileSync } from 'node:fs'
import pkcs11js from 'pkcs11js'
import { ckrName } from '../../src/host/native/ckr.ts'
import { CKA, CKM, FLAG } from '../../src/host/native/constants.ts'
import { compiled } from './compiled.ts'
import { softhsm } from './softhsm.ts'

/** The path of the test module, for `--module`. Without a script it passes every call on to SoftHSM. */
export const testModule = (): string => compiled('module', `-DREAL_MODULE="${softhsm}"`)

const prefixed = (prefix: string, names: Readonly<Record<string, number>>) =>
  Object.entries(names).map(([name, number]): [string, number] => [`${prefix}_${name}`, number])

const NUMBERS = new Map<string, unknown>([
  ...Object.entries(pkcs11js),
  ...Array.from({ length: 0x210 }, (_, number): [string, number] => [ckrName(number), number]),
  ...[...prefixed('CKA', CKA), ...prefixed('CKA', FLAG), ...prefixed('CKM', CKM)],
])

/** The module knows numbers alone. */
const numbered = (line: string): string =>
  line.replaceAll(/\bCK[AFKMOR]_\w+/g, (name) => {
    const number = NUMBERS.get(name)
    if (typeof number !== 'number') throw new Error(`nothing in PKCS#11 is called ${name}`)
    return `0x${number.toString(16)}`
  })

export interface ScriptOptions {
  /** A file that hears of each call. */
  log?: string
  /** A file in which several processes count their calls together. */
  counters?: string
}

/** The environment in which the test module does as these lines say. */
export const scriptEnv = (lines: readonly string[], { log, counters }: ScriptOptions = {}): Record<string, string> => ({
  KEYRITE_MODULE_SCRIPT: lines.map(numbered).join('\n'),
  ...(log !== undefined && { KEYRITE_MODULE_LOG: log }),
  ...(counters !== undefined && { KEYRITE_MODULE_COUNTERS: counters }),
})

/** The module, and the environment in which it does as these lines say. */
export const scripted = (lines: readonly string[], options: ScriptOptions = {}) => ({
  module: testModule(),
  env: scriptEnv(lines, options),
})

/** A token that has AES-CBC with padding and no other way to wrap. */
export const ONLY_CBC = [
  'C_GetMechanismList * without CKM_AES_KEY_WRAP_PAD CKM_AES_KEY_WRAP',
  'C_CreateObject * drops CKA_ALLOWED_MECHANISMS',
  'C_WrapKey,C_UnwrapKey * cbc',
]

const MAKING_A_KEY = 'C_GenerateKey,C_GenerateKeyPair'

/** Faults that several tests use; `at` is the call of its kind that has it, from 1. */
const FAULTS = {
  'lacks-edwards': () => ['C_GetMechanismList * without CKM_EC_EDWARDS_KEY_PAIR_GEN CKM_EDDSA'],
  crashes: () => ['C_GetSlotList 1 abort'],
  hangs: () => ['C_GetSlotList 1 hang'],
  'last-try': () => ['C_GetTokenInfo * flags CKF_USER_PIN_FINAL_TRY'],
  locked: () => ['C_GetTokenInfo * flags CKF_USER_PIN_LOCKED'],
  'no-slots': () => ['C_GetSlotList * cut 0'],
  'one-session': () => ['C_OpenSession * return CKR_SESSION_COUNT if sessions=1'],
  // Every key takes another time, so that who begins first does not end first.
  slow: () => [`${MAKING_A_KEY} * sleep 10 20 30 40`],
  // The parent is ended while a key is read and three are made; long enough that something is to be told to it when this is over.
  orphans: () => [
    `${MAKING_A_KEY} * sleep 200 300 400 500`,
    'C_GetAttributeValue 1 kill parent if making=3',
    'C_GetAttributeValue 1 sleep 60 if making=3',
  ],
  'fails-key': (at: number) => [`${MAKING_A_KEY} ${at} return CKR_DEVICE_ERROR`],
  'hangs-key': (at: number) => [`${MAKING_A_KEY} ${at} hang`],
  'fails-read': (at: number) => [`C_GetAttributeValue ${at} return CKR_DEVICE_ERROR`],
} satisfies Record<string, (at: number) => string[]>

export type Fault = keyof typeof FAULTS

export interface FaultOptions extends ScriptOptions {
  at?: number
}

/** The test module with one of the usual faults. */
export const faultyModule = (fault: Fault, { at = 1, ...options }: FaultOptions = {}) =>
  scripted(FAULTS[fault](at), options)

export interface LoggedCall {
  pid: number
  name: string
  moment: 'begin' | 'end'
  /** CKR_OK; undefined at the beginning. */
  result?: string
}

/** What the module told its log. */
export function loggedCalls(path: string): LoggedCall[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => {
    const [pid, , moment, name, result] = line.split(' ') as [string, string, LoggedCall['moment'], string, string?]
    return { pid: Number(pid), moment, name, ...(result && { result: ckrName(Number(result)) }) }
  })
}

/** Sessions opened and not closed, keys started and ended, and how many were made at a time at most. */
export function logOfModule(path: string) {
  const [count, found] = [{ open: 0, started: 0, ended: 0, atATime: 0 }, loggedCalls(path)]
  for (const { name, moment, result } of found) {
    if (name === 'C_OpenSession' && result === 'CKR_OK') count.open++
    if (name === 'C_CloseSession' && result === 'CKR_OK') count.open--
    if (!MAKING_A_KEY.split(',').includes(name)) continue
    if (moment === 'begin') count.started++
    else count.ended++
    count.atATime = Math.max(count.atATime, count.started - count.ended)
  }
  return count
}
