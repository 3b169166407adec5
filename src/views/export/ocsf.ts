// An event in the Open Cybersecurity Schema Framework, version 1.6.0: of the class API Activity (6003).
import type { Event, Result, Weight } from './events.ts'

const VERSION = '1.6.0'
const CLASS = 6003

const CREATE = /\.(generate|create|init|adopt|add|added|deliver|stage|created|import|request|issue)$/
const READ = /\.(check|test|sign|export|checkpoint)$|^(drill|note)$/
const DELETE = /\.(destroy|retire|retired|remove|removed|withdraw|unstage)$/

/** Create, read, update or delete. */
const activityOf = (what: string): number => (CREATE.test(what) ? 1 : READ.test(what) ? 2 : DELETE.test(what) ? 4 : 3)

const SEVERITY: { readonly [weight in Weight]: number } = { info: 1, notice: 2, warning: 3, alert: 4 }

/** Unknown, success, failure, or other, which is then told by its own word. */
const statusOf = (result: Result | undefined) => {
  if (result === undefined) return { status_id: 0 }
  if (result === 'done') return { status_id: 1, status: 'Success' }
  return result === 'partial' ? { status_id: 99, status: 'partial' } : { status_id: 2, status: 'Failure' }
}

export function ocsf(event: Event): string {
  const { seq, leaf, prev, code, time, type, op, intent, error, custodians, keys, keyCount, partition } = event
  const { station, host, reason, ticket, requestedBy } = event
  const activity = activityOf(op ?? type)
  return JSON.stringify({
    activity_id: activity,
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: CLASS,
    class_name: 'API Activity',
    type_uid: CLASS * 100 + activity,
    time: Date.parse(time),
    severity_id: SEVERITY[event.weight],
    message: `${event.title}: ${event.text}`,
    ...statusOf(event.result),
    ...(error === undefined ? {} : { status_code: error }),
    metadata: {
      version: VERSION,
      product: { name: 'Keyrite', vendor_name: 'Keyrite', version: event.program },
      uid: leaf,
      sequence: seq,
      event_code: type,
      log_name: partition.name,
      original_time: time,
      tenant_uid: partition.uuid,
      ...(intent === undefined ? {} : { correlation_uid: intent }),
    },
    actor: { user: { name: host.user } },
    api: { operation: op ?? type, service: { name: 'Keyrite' } },
    src_endpoint: { hostname: host.name, name: station },
    ...(keys.length > 0 ? { resources: keys.map((name) => ({ name, type: 'key' })) } : {}),
    unmapped: { prev, code, custodians, keyCount, reason, ticket, requestedBy },
  })
}
