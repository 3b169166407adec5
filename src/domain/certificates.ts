// What the keys of a partition have issued and taken back: serial numbers that are used, and the last revocation list of each key.
import type { AuthorityPlan, CertCrlPlan, Crl, Reason, Revoked } from './certificate-plans.ts'
import type { CodeOf } from './codes.ts'
import type { OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import { lastName } from './file-names.ts'
import { label } from './names.ts'
import type { IntentPlan } from './plan.ts'
import type { Outcome, Recovered } from './record.ts'

/** A certificate that was announced. Nobody can be sure that none was written, so its serial number is used for good. */
interface Issued {
  serial: string
  subject: string
  notAfter: string
  /** The label of the key that signed it. */
  by: string
  /** Its intent. */
  record: number
  /** SHA-256 of what was signed, and the name of the file. */
  tbs: string
  file: string
  /** It is the signer's own. */
  isRoot: boolean
  ca: boolean
  /** The number of the list, of the same signer, that says that somebody else has its key. */
  compromised?: number
}

/** A rule that a plan breaks, and how. */
type Broken = readonly [code: CodeOf<3> & CodeOf<5>, why: string]

const isOfAuthority = (plan: IntentPlan): plan is AuthorityPlan =>
  plan.op === 'cert.root' || plan.op === 'cert.issue' || plan.op === 'cert.crl'

const signerOf = ({ keys: [{ name, version }] }: AuthorityPlan): string => label(name, version)

export class Certificates {
  readonly #issued = new Map<string, Issued>()
  /** By the key that they are of, base64url of its SPKI. */
  readonly #of = new Map<string, Issued[]>()
  /** By the key that signs: lists that were written, or may have been. */
  readonly #lists = new Map<string, { record: number; crl: Crl }[]>()
  /** The highest number that was ever announced. */
  readonly #numbers = new Map<string, number>()

  get saved() {
    return { issued: [...this.#of], lists: [...this.#lists], numbers: [...this.#numbers] }
  }

  restore({ issued, lists, numbers }: Certificates['saved']): void {
    const all = issued.flatMap(([, own]) => own).sort((a, b) => a.record - b.record)
    for (const one of all) this.#issued.set(one.serial, one)
    for (const [spki, own] of issued) this.#of.set(spki, own)
    for (const [key, own] of lists) this.#lists.set(key, own)
    for (const [key, number] of numbers) this.#numbers.set(key, number)
  }

  /** All that were ever announced. */
  get serials(): string[] {
    return [...this.#issued.keys()]
  }

  issued(serial: string): Issued | undefined {
    return this.#issued.get(serial)
  }

  /** Certificates of a key, by its SPKI. */
  of(spki: string): readonly Issued[] {
    return this.#of.get(spki) ?? []
  }

  /** Whether a key has a certificate as a CA, or signed like one. */
  isAuthority({ name, version, spki }: { name: string; version: number; spki?: string | undefined }): boolean {
    const by = label(name, version)
    const signs = (one: Issued): boolean => one.by === by
    const own = spki === undefined ? [] : this.of(spki)
    return own.some(({ ca }) => ca) || this.#numbers.has(by) || [...this.#issued.values()].some(signs)
  }

  /** Whose certificates as a CA, of such a subject, are not over at this time: SPKIs, base64url. */
  authorities(time: string, isMeant: (subject: string) => boolean): string[] {
    const isLive = ({ ca, notAfter, subject }: Issued): boolean => ca && notAfter > time && isMeant(subject)
    return [...this.#of].filter(([, own]) => own.some(isLive)).map(([spki]) => spki)
  }

  /** The last list that takes it back. */
  revocation({ serial, by }: Issued): { number: number; reason: Reason } | undefined {
    const { number, revoked } = this.lastList(by) ?? {}
    const entry = revoked?.find((one) => one.serial === serial)
    return entry && { number: number!, reason: entry.reason }
  }

  /** What a key signed for others and is not over at this time. */
  issuedBy(key: string, time: string): Issued[] {
    return [...this.#issued.values()].filter(({ by, notAfter, isRoot }) => by === key && !isRoot && notAfter > time)
  }

  /** Those that no list takes back: of each subject and signer the one that ends last. */
  get standing(): Issued[] {
    const revoked = new Set(this.lists.flatMap(({ crl }) => crl.revoked.map(({ serial }) => serial)))
    const newest = new Map<string, Issued>()
    for (const one of this.#issued.values()) {
      const name = `${one.by} ${one.subject}`
      if (!revoked.has(one.serial) && one.notAfter > (newest.get(name)?.notAfter ?? '')) newest.set(name, one)
    }
    return [...newest.values()]
  }

  /** The last list of each key that signs some. */
  get lists(): { key: string; crl: Crl }[] {
    return [...this.#lists].flatMap(([key, all]) => all.slice(-1).map(({ crl }) => ({ key, crl })))
  }

  /** The last list of this key. */
  lastList(key: string): Crl | undefined {
    return this.#lists.get(key)?.at(-1)?.crl
  }

  nextNumber = (key: string): number => (this.#numbers.get(key) ?? 0) + 1

  /** CERT-SERIAL, CRL-NUMBER, CRL-KNOWN, CRL-KEEPS: of a plan that would be carried out now. */
  broken(plan: IntentPlan): Broken | undefined {
    if (!isOfAuthority(plan)) return undefined
    if (plan.op === 'cert.crl') return this.#brokenList(plan)
    const used = this.#issued.get(plan.certificate.serial)
    return (
      used && ['CERT-SERIAL', `the serial number ${used.serial} was used by record ${used.record}, for ${used.subject}`]
    )
  }

  checkPlan(plan: IntentPlan): void {
    const broken = this.broken(plan)
    if (broken) throw notVerified(...broken)
  }

  #brokenList(plan: CertCrlPlan): Broken | undefined {
    const { crl } = plan
    const key = signerOf(plan)
    const next = this.nextNumber(key)
    if (!Number.isSafeInteger(next))
      return ['CRL-NUMBER', `a list of ${key} had the highest number that there is: no other can follow it`]
    if (crl.number < next) return ['CRL-NUMBER', `the next list of ${key} has the number ${next} or a higher one`]
    const stray = crl.revoked.map((one) => this.#stray(one, key)).find((why) => why !== undefined)
    if (stray !== undefined) return ['CRL-KNOWN', stray]
    const before = this.lastList(key)
    const lost = before?.revoked.find((one) => !this.#isKept(one, crl, before))
    if (lost) return ['CRL-KEEPS', `list ${before!.number} of ${key} has ${inWords(lost)}, and this one says otherwise`]
    const wrong = crl.revoked.find((one) => one.corrects !== undefined && !corrects(one, before))
    if (wrong) return ['CRL-KEEPS', `${wrong.serial} corrects nothing that the last list of ${key} says`]
    return crl.revoked.some((one) => one.corrects !== undefined) && plan.reason === undefined
      ? ['CRL-KEEPS', 'it corrects what an earlier list says, and does not say why']
      : undefined
  }

  #stray({ serial, elsewhere }: Revoked, key: string): string | undefined {
    const known = this.#issued.get(serial)
    if (known && known.by !== key) return `${serial} was issued by ${known.by}, and not by ${key}`
    if (known && elsewhere) return `${serial} was not issued elsewhere: record ${known.record} issued it`
    return known || elsewhere ? undefined : `nothing with the serial number ${serial} was issued by ${key}`
  }

  /** An entry stays until one list after the end of its certificate; what was on hold may come back (RFC 5280, 3.3 and 5.3.1). */
  #isKept({ serial, date, reason }: Revoked, { revoked }: Crl, before: Crl): boolean {
    if (reason === 'certificateHold') return true
    const now = revoked.find((one) => one.serial === serial)
    if (now) return isSaid(now, { date, reason }) || corrects(now, before)
    const end = this.#issued.get(serial)?.notAfter
    return end !== undefined && before.thisUpdate > end
  }

  begin({ plan, seq }: OpenIntent): void {
    if (!isOfAuthority(plan)) return
    const by = signerOf(plan)
    if (plan.op === 'cert.crl') {
      this.#numbers.set(by, plan.crl.number)
      this.#lists.set(by, [...(this.#lists.get(by) ?? []).slice(-1), { record: seq, crl: plan.crl }])
    } else {
      const { serial, subject, notAfter, spki, ca } = plan.certificate
      const [isRoot, file] = [plan.op === 'cert.root', lastName(plan.file)]
      const issued = { serial, subject, notAfter, by, record: seq, tbs: plan.tbs, file, isRoot, ca }
      this.#issued.set(serial, issued)
      this.#of.set(spki, [...this.of(spki), issued])
    }
  }

  /** That somebody else has a key stays known when its certificate is over and no list has it any more. */
  #note({ number, revoked }: Crl): void {
    for (const { serial, reason } of revoked) {
      const one = this.#issued.get(serial)
      if (one && COMPROMISED.includes(reason)) one.compromised ??= number
      else delete one?.compromised
    }
  }

  /** What failed binds nobody; of what was given up nobody knows. */
  conclude(record: Outcome | Recovered, { plan, seq }: OpenIntent): void {
    const said = record.type === 'outcome' ? record.result : record.found
    if (plan.op !== 'cert.crl') return
    if (said === 'done' || said === 'partial') return this.#note(plan.crl)
    const by = signerOf(plan)
    this.#lists.set(
      by,
      (this.#lists.get(by) ?? []).filter((one) => one.record !== seq),
    )
  }
}

const COMPROMISED: readonly Reason[] = ['keyCompromise', 'cACompromise', 'aACompromise']

const isSaid = (one: Pick<Revoked, 'date' | 'reason'>, { date, reason }: Pick<Revoked, 'date' | 'reason'>): boolean =>
  one.date === date && one.reason === reason

/** It says that this list was wrong about it, and so it was. */
function corrects(one: Revoked, before: Crl | undefined): boolean {
  const old = before?.revoked.find(({ serial }) => serial === one.serial)
  return old !== undefined && one.corrects === before!.number && !isSaid(one, old)
}

const inWords = ({ serial, reason, date }: Revoked): string => `${serial} as ${reason} since ${date}`
