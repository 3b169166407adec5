// An event as a message of syslog (RFC 5424), its members as structured data.
import type { Event, Weight } from './events.ts'

/** Facility 13: log audit. */
const FACILITY = 13
const SEVERITY: { readonly [weight in Weight]: number } = { info: 6, notice: 5, warning: 4, alert: 1 }
/** Of IANA's numbers of enterprises the one that is kept for examples (RFC 5612): keyrite has none of its own. */
const DATA = 'keyrite@32473'
const BOM = '\uFEFF'

export function rfc5424(event: Event): string {
  const { weight, time, host, type, title, text, keys, keyCount } = event
  const head = `<${FACILITY * 8 + SEVERITY[weight]}>1 ${time} ${printed(host.name, 255)} keyrite - ${printed(type, 32)}`
  const others = keyCount > keys.length ? [`and ${keyCount - keys.length} more`] : []
  const members: [name: string, value: string | number | null | undefined][] = [
    ['seq', event.seq],
    ['leaf', event.leaf],
    ['prev', event.prev],
    ['partition', event.partition.uuid],
    ['name', event.partition.name],
    ['station', event.station],
    ['user', host.user],
    ['op', event.op],
    ['result', event.result],
    ['error', event.error],
    ['intent', event.intent],
    ['custodians', event.custodians.join(',')],
    ['keys', [...keys, ...others].join(',')],
    ['reason', event.reason],
    ['ticket', event.ticket],
    ['requestedBy', event.requestedBy],
  ]
  const told = members.flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [` ${name}="${quoted(`${value}`)}"`],
  )
  return `${head} [${DATA}${told.join('')}] ${BOM}${title}: ${text}`
}

/** What a header takes: printable ASCII without blanks; `-` where there is none. */
const printed = (text: string, longest: number): string => text.replaceAll(/[^!-~]/g, '').slice(0, longest) || '-'

const quoted = (text: string): string => text.replaceAll(/["\\\]]/g, '\\$&')
