// Which keys of a ledger a list shows, and in which order.
import type { Command } from 'commander'
import { oneOf, repeatableList } from '../../cli/options.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { KEY_STATES, KEY_TYPES, type KeyState, type KeyType } from '../../domain/keys.ts'
import type { Time } from '../../domain/names.ts'
import type { KeyAction } from '../../views/attention.ts'
import { stateSince } from '../../views/words.ts'
import { parseMoment } from '../audit/filter.ts'

export const ORDERS = ['needs', 'name', 'type', 'state', 'age'] as const

export interface SelectOptions {
  state?: KeyState[]
  type?: KeyType[]
  since?: Time
  sort?: (typeof ORDERS)[number]
}

export const withSelection = (command: Command): Command =>
  command
    .argument('[prefix]', 'only keys whose name begins so, such as payments/')
    .option(
      '--state <state>',
      `only keys in these states: ${KEY_STATES.join(', ')}; repeatable, or with commas`,
      repeatableList(oneOf('state', KEY_STATES)),
    )
    .option(
      '--type <type>',
      `only keys of these types: ${KEY_TYPES.join(', ')}; repeatable, or with commas`,
      repeatableList(oneOf('key type', KEY_TYPES)),
    )
    .option(
      '--since <time>',
      'only keys that came into their state at this time or day (UTC), or later',
      parseMoment('since'),
    )
    .option('--sort <order>', `by ${ORDERS.join(', ')}; by default what needs care first`, oneOf('order', ORDERS))

export const isSelected =
  (prefix: string, { state, type, since }: SelectOptions) =>
  (key: KeyEntry): boolean =>
    key.name.startsWith(prefix) &&
    (state === undefined || state.includes(key.state)) &&
    (type === undefined || type.includes(key.type)) &&
    (since === undefined || stateSince(key) >= since)

const BY: { readonly [order: string]: (key: KeyEntry) => string } = {
  name: ({ name }) => name,
  type: ({ type }) => type,
  state: ({ state }) => String(KEY_STATES.indexOf(state)),
  age: (key) => stateSince(key),
}

/** Keys that come by what they need are in that order already. The same order otherwise goes by name and version. */
export function sorted(keys: readonly KeyAction[], { sort = 'needs' }: SelectOptions): readonly KeyAction[] {
  const by = BY[sort]
  if (!by) return keys
  const compared = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)
  return [...keys].sort(
    ({ key: a }, { key: b }) => compared(by(a), by(b)) || compared(a.name, b.name) || a.version - b.version,
  )
}
