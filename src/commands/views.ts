// How plans, keys and groups look to a person.

import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { isPair } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import { type IntentPlan, type Plan, planCode, plannedKeys } from '../domain/plan.ts'
import type { Group, KeyTarget } from '../domain/shapes.ts'
import { fields } from '../terminal/text.ts'

/** `205 days`, `3 hours`, `just now`. */
export function age(since: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - Date.parse(since)) / 60_000)
  const [count, unit] =
    minutes >= 2880
      ? [Math.floor(minutes / 1440), 'days']
      : minutes >= 120
        ? [Math.floor(minutes / 60), 'hours']
        : [minutes, 'minutes']
  return count <= 0 ? 'just now' : `${count} ${count === 1 ? unit.slice(0, -1) : unit}`
}

/** The fingerprint in a table's width: a check value whole, the first bytes of a hash. */
export const shortFingerprint = (fingerprint: string): string =>
  fingerprint.startsWith('sha256:') ? `${fingerprint.slice(0, 23)}...` : fingerprint

/** Since when a key has been in its present state. */
export const stateSince = (key: KeyEntry): string => key.history.findLast((step) => step.state === key.state)!.time

const withThreshold = ({ threshold, custodians, name }: Group, only: boolean): string =>
  `${threshold} of ${custodians.length} custodians${only ? '' : ` of ${name}`}`

/** Who has to agree, in words. */
export const needsInWords = (plan: Plan, groups: readonly Group[]): string =>
  plan.needs
    .map(({ group }) => withThreshold(groups.find(({ name }) => name === group)!, groups.length === 1))
    .join(' and ')

/** The plan as everybody sees it before they approve. */
export function planView(plan: IntentPlan, history: History): string {
  const { serial, label: tokenLabel } = history.token
  return [
    `  ${plan.op} ${subject(plan)}`.trimEnd(),
    fields(
      [
        ...details(plan, history),
        ['token', `${tokenLabel}  serial ${serial}`],
        ['partition', history.name],
        ['needs', needsInWords(plan, history.groups)],
        ['expires', plan.expires],
        ['reason', plan.reason],
        ['code', planCode(plan)],
      ],
      '    ',
    ),
  ].join('\n')
}

function subject(plan: IntentPlan): string {
  const keys = plannedKeys(plan)
  return keys.length === 0 ? '' : keys.length === 1 ? keys[0]!.name : `${keys[0]!.name} to ${keys.at(-1)!.name}`
}

type Field = readonly [name: string, value: string | undefined]

function details(plan: IntentPlan, history: History): Field[] {
  switch (plan.op) {
    case 'key.generate':
      return [
        ['new', newKeys(plan.keys)],
        ['may', plan.keys[0]!.usage?.join(', ') || 'nothing'],
        [
          'backup',
          isExtractable(plan.keys[0]!) ? 'yes, under the backup key only' : 'no: the key can never leave the token',
        ],
        ['accepts', plan.accepted?.join(', ')],
      ]
    case 'partition.recover':
      return [['looks into', interrupted(history)]]
    case 'audit.checkpoint':
      return [['changes', 'no key; a signed checkpoint is written']]
  }
}

const interrupted = ({ open, recovering }: History): string => {
  const intent = open ?? recovering
  return intent ? `${intent.plan.op} of record ${intent.seq}, whose outcome is unknown` : 'nothing'
}

function newKeys(keys: readonly KeyTarget[]): string {
  const [first] = keys
  const when = first!.state === 'active' ? 'active at once' : `pre-active until ${first!.activateAt}`
  return keys.length === 1 ? `#1  ${first!.type}  ${when}` : `${keys.length} keys  ${first!.type}  ${when}`
}

const isExtractable = ({ attributes }: KeyTarget): boolean =>
  (isPair(attributes) ? attributes.private : attributes).EXTRACTABLE === true

/** RFC 7512: how other programs name the key. */
export function keyUri(
  key: { name: string; version: number; id: string; class: string },
  token: History['token'],
): string {
  const id = key.id.replace(/../g, (byte) => `%${byte.toUpperCase()}`)
  const object = encodeURIComponent(label(key.name, key.version))
  const type = key.class === 'secret' ? 'secret-key' : 'private'
  return `pkcs11:token=${encodeURIComponent(token.label)};serial=${encodeURIComponent(token.serial)};object=${object};id=${id};type=${type}`
}

interface Beginning {
  name: string
  groups: readonly { name: string; roles: readonly string[]; threshold: number; custodians: readonly string[] }[]
  module: string
  where: string
  /** Known when the shares are made. */
  plan?: Plan
}

/** The plan of a partition's beginning. */
export const initView = ({ name, groups, module, where, plan }: Beginning): string =>
  [
    `  partition.init ${name}`,
    fields(
      [
        ['token', `${where}, through ${module}`],
        ...groups.map(
          ({ name: group, roles, threshold, custodians }): Field => [
            'group',
            `${group}: ${threshold} of ${custodians.length} (${custodians.join(', ')}) for ${roles.join(', ')}`,
          ],
        ),
        ['needs', 'every custodian reads their share back'],
        ['expires', plan?.expires],
        ['code', plan && planCode(plan)],
      ],
      '    ',
    ),
  ].join('\n')
