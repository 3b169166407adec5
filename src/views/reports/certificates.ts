// What stands in certificates of a key, and what it signed for others: requests, certificates and revocation lists, each with its record.
import type { Plan } from '../../domain/plan.ts'
import { counted } from '../../domain/words.ts'
import { concerns, type Source, section } from './rows.ts'
import type { Section } from './shape.ts'
import type { Told } from './told.ts'

type Row = { [column: string]: string | number }

/** Whatever the period: what was issued counts until it ends. None where there was none. */
export function certificateSections(key: string, { all, history }: Source, spkis: ReadonlySet<string>): Section[] {
  const revoked = new Map(history.certificates.lists.flatMap(({ crl }) => crl.revoked.map((one) => [one.serial, one])))
  const standing = (serial: string): string => {
    const one = revoked.get(serial)
    return one ? `revoked as ${one.reason}, ${one.date}` : ''
  }
  const of = all.flatMap((told): Row[] => {
    const { plan } = told
    if (plan?.op === 'cert.request') return concerns(key, told) ? [{ ...row(told, plan), what: 'request' }] : []
    if (!isCertificate(plan) || !spkis.has(plan.certificate.spki)) return []
    return [{ ...row(told, plan), ...certificateRow(plan), standing: standing(plan.certificate.serial) }]
  })
  const signed = all.flatMap((told): Row[] => {
    const { plan } = told
    if (!concerns(key, told)) return []
    if (plan?.op === 'cert.crl') {
      const { number, nextUpdate, revoked: listed } = plan.crl
      const what = `revocation list ${number}: ${counted(listed.length, 'certificate')}`
      return [{ ...row(told, plan), what, until: nextUpdate }]
    }
    if (!isCertificate(plan)) return []
    return [{ ...row(told, plan), ...certificateRow(plan), standing: standing(plan.certificate.serial) }]
  })
  return [
    ...(of.length > 0 ? [section('certified', 'Certificates of it, and requests for one', COLUMNS, of)] : []),
    ...(signed.length > 0
      ? [section('signed', 'Certificates and revocation lists that it signed', COLUMNS, signed, ABOUT)]
      : []),
  ]
}

const COLUMNS = [
  'record',
  'time',
  'what',
  'subject',
  'serial',
  'signed by',
  'until',
  'standing',
  'request',
  'file',
  'result',
]
const ABOUT =
  'What was announced may have been signed, also where its change failed. Who got a certificate, and what it is used for, stands in no ledger.'

type CertificatePlan = Extract<Plan, { op: 'cert.root' | 'cert.issue' }>

const isCertificate = (plan: Plan | undefined): plan is CertificatePlan =>
  plan?.op === 'cert.root' || plan?.op === 'cert.issue'

const row = (
  { seq, time, end }: Told,
  plan: { keys: readonly { name: string; version: number }[]; file: string; subject?: string },
): Row => ({
  record: seq,
  time,
  'signed by': plan.keys.map(({ name, version }) => `${name}#${version}`).join(', '),
  ...(plan.subject === undefined ? {} : { subject: plan.subject }),
  file: (end?.files ?? [plan.file]).join(', '),
  result: end?.result ?? '',
})

function certificateRow(plan: CertificatePlan): Row {
  const { ca, subject, serial, notAfter } = plan.certificate
  const request = 'request' in plan ? { request: `${plan.request.path}, sha256 ${plan.request.sha256}` } : {}
  const what = plan.op === 'cert.root' ? 'certificate of its own' : ca ? 'certificate of a CA' : 'certificate'
  return { what, subject, serial, until: notAfter, ...request }
}
