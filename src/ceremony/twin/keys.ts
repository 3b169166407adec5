// The keys that a twin has to have: those that the script finds, and the commands by which each comes to stand as there.
import type { KeyState } from '../../domain/keys.ts'
import { label, parseKeyVersion } from '../../domain/names.ts'
import { operationOf } from '../../domain/operations.ts'
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { has, operationIn, valuesOf } from '../lint/commands.ts'

/** `states`: of each version, from the first on. */
export interface TwinKey {
  name: string
  type: string
  states: KeyState[]
}

/** What a real partition has of this name: the type, and the state of each version from the first on. */
export type KnownKey = (name: string) => Pick<TwinKey, 'type' | 'states'> | undefined

/** `begins`: as the script has it. Of what it leaves open the partition tells; else a key is what the first command on it takes. */
export function twinKeys(
  begins: { readonly [label: string]: KeyState } | undefined,
  lines: readonly ParsedLine[],
  known: KnownKey,
): TwinKey[] {
  const wanted = begins ? new Map(Object.entries(begins)) : found(lines)
  const names = [...new Set([...wanted.keys()].map((one) => parseKeyVersion(one).name))]
  return names.map((name) => {
    const real = known(name)
    if (!begins && real) return { name, ...real }
    const newest = Math.max(
      ...[...wanted.keys()].map(parseKeyVersion).flatMap((one) => (one.name === name ? [one.version!] : [])),
    )
    // A version that the script does not name is gone: where it names some there are no others.
    const states = Array.from(
      { length: newest },
      (_, i) => wanted.get(label(name, i + 1)) ?? (begins ? 'destroyed' : 'deactivated'),
    )
    return { name, type: real?.type ?? typeOf(name, lines), states }
  })
}

/** Versions that commands name before the script makes them, each as the first of these commands takes it. */
function found(lines: readonly ParsedLine[]): Map<string, KeyState> {
  const wanted = new Map<string, KeyState>()
  const made = new Set<string>()
  for (const { path, operands } of lines) {
    if (!path.startsWith('key ')) continue
    const names = operands.filter(({ value }) => !value.startsWith('{')).map(({ value }) => value)
    if (['key generate', 'key import', 'key import-request'].includes(path)) for (const name of names) made.add(name)
    for (const one of names) {
      const { name, version = 1 } = parseKeyVersion(one)
      if (made.has(name) || [...wanted.keys()].some((other) => parseKeyVersion(other).name === name)) continue
      wanted.set(label(name, version), takenBy(path))
    }
  }
  return wanted
}

function takenBy(path: string): KeyState {
  const op = operationIn({ path })
  const from = (op && operationOf({ op }).transition?.from) ?? ['active']
  return (['active', 'deactivated'] as const).find((state) => from.includes(state)) ?? from[0]!
}

/** A pair where the script signs with it. */
function typeOf(name: string, lines: readonly ParsedLine[]): string {
  const isPair = lines.some(
    ({ path, operands }) =>
      (path === 'key sign' || path === 'cert request') && operands.some(({ value }) => value.split('#')[0] === name),
  )
  return isPair ? 'ec-p256' : 'aes-256'
}

/** One after the other; no key of a partition comes to stand otherwise. `undefined` where none of ours leads there. `soon`: what waits for its time may be active from then on. */
export function makingOf({ name, type, states }: TwinKey, soon: string): string[][] | undefined {
  const newest = states.length
  const isPlanned = states.at(-1) === 'pre-active'
  if (isPlanned && newest > 1) return undefined
  const before = states.slice(0, -1).map((state, i) => endOf(label(name, i + 1), 'deactivated', state))
  const last = isPlanned ? [] : endOf(label(name, newest), 'active', states.at(-1)!)
  if (last === undefined || before.includes(undefined)) return undefined
  return [
    ['key', 'generate', name, '--type', type, ...(isPlanned ? ['--activate-at', soon] : [])],
    ...Array.from({ length: newest - 1 }, () => ['key', 'rotate', name]),
    ...before.flatMap((words) => words!),
    ...last,
  ]
}

const VERBS: { readonly [state in KeyState]?: string } = {
  suspended: 'suspend',
  deactivated: 'deactivate',
  compromised: 'compromise',
  destroyed: 'destroy',
}

function endOf(key: string, from: KeyState, to: KeyState): string[][] | undefined {
  if (from === to) return []
  if (to === 'destroyed' && from === 'active')
    return [...endOf(key, from, 'deactivated')!, ...endOf(key, 'deactivated', to)!]
  const verb = VERBS[to]
  if (verb === undefined || (from === 'deactivated' && to === 'suspended')) return undefined
  const confirmed = to === 'destroyed' ? ['--confirm', key] : []
  return [['key', verb, key, '--reason', 'as the script finds it', ...confirmed]]
}

/** Custodians of before, by the flags of a change of them: whoever joins has no share yet, and whoever leaves has one. */
export function twinCustodians(holders: readonly string[], lines: readonly ParsedLine[]): string[] {
  const changing = lines.filter(({ path }) => path === 'quorum replace' || path === 'quorum stage')
  const joins = changing.flatMap((line) => (has(line, '--add') ? valuesOf(line, '--add') : []))
  const leaves = changing.flatMap((line) => valuesOf(line, '--remove'))
  return [...new Set([...holders.filter((name) => !joins.includes(name)), ...leaves])]
}
