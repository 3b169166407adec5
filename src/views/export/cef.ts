// An event in ArcSight's Common Event Format (CEF:0), by names of its dictionary.
import type { Event, Weight } from './events.ts'

const SEVERITY: { readonly [weight in Weight]: number } = { info: 2, notice: 4, warning: 6, alert: 9 }

/** Dictionary names with the longest value that each may have. */
const LENGTHS: { readonly [name: string]: number } = {
  rt: 13,
  act: 63,
  outcome: 63,
  reason: 1023,
  suser: 1023,
  shost: 1023,
  dvchost: 100,
  cat: 1023,
  msg: 1023,
  cn1: 19,
  cs1: 4000,
  cs2: 4000,
  cs3: 4000,
  cs4: 4000,
  cs5: 4000,
  cs6: 4000,
}

export function cef(event: Event): string {
  const { type, title, weight, program, partition, custodians, keys, keyCount } = event
  const head = ['CEF:0', ...['Keyrite', 'keyrite', program, event.op ?? type, title].map(inHeader), SEVERITY[weight]]
  const others = keyCount > keys.length ? ` and ${keyCount - keys.length} more` : ''
  const said = [event.ticket && `ticket ${event.ticket}`, event.requestedBy && `asked by ${event.requestedBy}`]
  const members: [name: string, value: string | number | null | undefined][] = [
    ['rt', Date.parse(event.time)],
    ['cat', type],
    ['act', event.op],
    ['outcome', event.result],
    ['reason', event.error ?? event.reason],
    ['suser', event.host.user],
    ['shost', event.host.name],
    ['dvchost', event.station],
    ...labelled('cn1', 'seq', event.seq),
    ...labelled('cs1', 'leaf', event.leaf),
    ...labelled('cs2', 'prev', event.prev),
    ...labelled('cs3', 'partition', `${partition.name} ${partition.uuid}`),
    ...labelled('cs4', 'custodians', custodians.join(',')),
    ...labelled('cs5', 'keys', keys.join(',') + others),
    ...labelled('cs6', 'said', said.filter(Boolean).join(', ')),
    ['msg', event.text],
  ]
  const told = members.flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [`${name}=${inExtension(fitting(name, `${value}`))}`],
  )
  return `${head.join('|')}|${told.join(' ')}`
}

const labelled = (name: string, meaning: string, value: string | number | null): [string, string | number | null][] =>
  value === null || value === ''
    ? []
    : [
        [name, value],
        [`${name}Label`, meaning],
      ]

/** A value that is too long is cut, and never in the middle of a character. */
const fitting = (name: string, value: string): string => [...value].slice(0, LENGTHS[name] ?? 1023).join('')

const inHeader = (text: string): string => text.replaceAll(/[\\|]/g, '\\$&')
const inExtension = (text: string): string =>
  text.replaceAll(/[\\=]/g, '\\$&').replaceAll('\r', '\\r').replaceAll('\n', '\\n')
