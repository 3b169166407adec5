// Names that certificates below a CA may have, or may not (RFC 5280, 4.2.1.10): `DNS:example.com`, `EMAIL:example.com`, `IP:10.0.0.0/8`.
import type { Certificate, CertKeyUsage } from '../certificate-plans.ts'
import { usage } from '../errors.ts'
import { quoted } from '../names.ts'
import { once } from '../once.ts'
import { addressBytes, isCertName, parseCertName, parseSubject } from '../subject.ts'
import { ANY_PURPOSE, PURPOSES } from './purposes.ts'

const HOST = /^\.?([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const MAILBOX = /^([\x21-\x3f\x41-\x7e]+@)?[a-z0-9.-]+$/i

/** CERT-NAME: in the one spelling that plans have. */
export function parseConstraint(text: string): string {
  const [, kind = '', value = ''] = /^([A-Za-z]+):(.*)$/s.exec(text) ?? []
  const type = kind.toUpperCase()
  const base = value.toLowerCase()
  if (type === 'DNS' && base.length <= 253 && HOST.test(base)) return `DNS:${base}`
  if (type === 'EMAIL' && value.length <= 253 && MAILBOX.test(value)) return `EMAIL:${value}`
  const range = type === 'IP' ? rangeOf(base) : undefined
  if (range) return `IP:${addressText(range)}`
  const forms = 'DNS:example.com, EMAIL:example.com or IP:10.0.0.0/8'
  throw usage(`${quoted(text)} is no name constraint: write it like ${forms}`, undefined, 'CERT-NAME')
}

/** CERT-NAME: of a certificate, an address in its one spelling: so it is read back. */
export function parseName(text: string): string {
  const name = parseCertName(text)
  return name.startsWith('IP:') ? `IP:${addressText(addressBytes(name.slice(3))!)}` : name
}

/** Address and mask, as the extension has them; undefined where the address has bits that the mask lacks. */
export function rangeOf(text: string): Uint8Array | undefined {
  const [address = '', length = ''] = text.split('/')
  const bytes = addressBytes(address)
  if (!bytes || !/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bytes.length * 8) return undefined
  const mask = bytes.map((_, i) => 256 - 2 ** (8 - Math.min(8, Math.max(0, Number(length) - i * 8))))
  return bytes.every((byte, i) => (byte & ~mask[i]!) === 0) ? Uint8Array.of(...bytes, ...mask) : undefined
}

/** As it is written in one way alone: of 4 or 16 bytes, or twice as many with a mask; undefined of what is none. */
export function addressText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length === 16) return wordsOf(bytes).join(':')
  const half = bytes.length / 2
  const address = half === 4 || half === 16 ? addressText(bytes.subarray(0, half)) : undefined
  const bits = [...bytes.subarray(half)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return address !== undefined && /^1*0*$/.test(bits) ? `${address}/${bits.replace(/0+$/, '').length}` : undefined
}

const wordsOf = (bytes: Uint8Array): string[] =>
  Array.from({ length: 8 }, (_, i) => ((bytes[i * 2]! << 8) | bytes[i * 2 + 1]!).toString(16))

const kindOf = (name: string): string => name.slice(0, name.indexOf(':'))
const baseOf = (name: string): string => name.slice(name.indexOf(':') + 1)

/** Whether a name, or all that another constraint covers, lies within this one of the same kind. */
function covers(constraint: string, name: string): boolean {
  if (kindOf(constraint) !== kindOf(name)) return false
  const [base, value] = [baseOf(constraint), baseOf(name)]
  if (kindOf(name) === 'DNS') return coversHost(base, value.toLowerCase())
  return kindOf(name) === 'IP' ? coversAddress(base, value) : coversMailbox(base, value)
}

/** Whether a name may stand for something within a constraint: `*.example.com` does for secret.example.com, and to some programs for all that is below. */
function reaches(name: string, constraint: string): boolean {
  if (covers(constraint, name)) return true
  if (kindOf(constraint) !== kindOf(name)) return false
  const [base, value] = [baseOf(constraint).toLowerCase(), baseOf(name).toLowerCase()]
  if (kindOf(name) === 'EMAIL') return coversMailbox(base, value)
  return value.startsWith('*.') && `.${base}`.endsWith(value.slice(1))
}

/** A host is within its own name, and within each above it. */
function coversHost(base: string, host: string): boolean {
  const above = base.startsWith('.') ? base : `.${base}`
  return host === base || host.endsWith(above)
}

/** A mailbox, all of a host, or with a dot before it all hosts below. */
function coversMailbox(base: string, mailbox: string): boolean {
  const [person, host] = [
    mailbox.slice(0, mailbox.indexOf('@') + 1),
    mailbox.slice(mailbox.indexOf('@') + 1).toLowerCase(),
  ]
  const at = base.indexOf('@') + 1
  if (at > 0) return base.slice(0, at) === person && base.slice(at).toLowerCase() === host
  return base.startsWith('.') ? host.endsWith(base.toLowerCase()) : host === base.toLowerCase()
}

function coversAddress(base: string, address: string): boolean {
  const outer = rangeOf(base)!
  const inner = address.includes('/') ? rangeOf(address)! : rangeOf(`${address}/${addressBytes(address)!.length * 8}`)!
  const half = outer.length / 2
  if (outer.length !== inner.length) return false
  return [...outer.subarray(0, half)].every((byte, i) => {
    const mask = outer[half + i]!
    return (inner[i]! & mask) === byte && (inner[half + i]! & mask) === mask
  })
}

interface Constraints {
  permitted?: readonly string[] | undefined
  excluded?: readonly string[] | undefined
}

/** Signs that a host's name has, in any script, with a dot, of which RFC 3490, 3.1 knows four, or a wildcard: programs match `ww*.example.com`, and put more in order than they should. */
const likeHost = once(() => /^(?=.*[.\u3002\uff0e\uff61*])[\p{L}\p{M}\p{N}_*.\u3002\uff0e\uff61-]+$/u)

const OF_TLS: readonly CertKeyUsage[] = ['digitalSignature', 'keyEncipherment', 'keyAgreement']

/** A certificate without DNS names is taken for the host that its CN names (RFC 6125, 6.4.4); that of a CA where it may be a server's too. */
function hostsNamed({ subject, names = [], ca, keyUsage = [] }: Named): string[] {
  const isNoServer = ca && !keyUsage.some((one) => OF_TLS.includes(one))
  if (subject === undefined || isNoServer || names.some((one) => kindOf(one) === 'DNS')) return []
  const hosts = parseSubject(subject).flatMap(([type, value]) => (type === 'CN' ? [`DNS:${value.trim()}`] : []))
  return hosts.filter((one) => likeHost().test(baseOf(one)))
}

type Named = Constraints & Partial<Pick<Certificate, 'names' | 'subject' | 'ca' | 'keyUsage' | 'extendedKeyUsage'>>

/** A CN that no constraint can be held against, since it is no host's name, and that programs take for one all the same: where there are constraints, or it may be a server's. */
export function unclearHost({ permitted = [], excluded = [] }: Constraints, below: Named): string | undefined {
  const { extendedKeyUsage: purposes = [ANY_PURPOSE], ca } = below
  const isConstrained = [...permitted, ...excluded].some((one) => kindOf(one) === 'DNS')
  const mayServe = !ca && purposes.some((one) => one === ANY_PURPOSE || one === PURPOSES.serverAuth)
  if (!isConstrained && !mayServe) return undefined
  const unclear = hostsNamed(below).find((one) => !isCertName(one))
  return unclear && baseOf(unclear)
}

/** The first name, or constraint of a CA below, that its signer's certificate rules out; URIs are not constrained here. */
export function ruledOut({ permitted = [], excluded = [] }: Constraints, below: Named): string | undefined {
  const isOutside = (name: string): boolean => {
    const alike = permitted.filter((one) => kindOf(one) === kindOf(name))
    return alike.length > 0 && !alike.some((one) => covers(one, name))
  }
  const { names = [], permitted: narrower = [] } = below
  return (
    [...names, ...hostsNamed(below).filter(isCertName)].find(
      (name) => isOutside(name) || excluded.some((one) => reaches(name, one)),
    ) ?? narrower.find((name) => isOutside(name) || excluded.some((one) => covers(one, name)))
  )
}
