// Writes ledgers without asking any rule: what is true is written well, and what a forger would write can be written too.
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toBase64url } from '../../src/domain/encoding.ts'
import { rolesOf } from '../../src/domain/operations.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { planMessage } from '../../src/domain/proposal.ts'
import { auditKeyMessage, formatLine, leafOf, recordMessage } from '../../src/domain/record.ts'
import { needsOf } from '../../src/domain/roster.ts'
import type { Approval, GroupRole, Token } from '../../src/domain/shapes.ts'
import { recordInMemory } from '../../src/domain/templates.ts'
import type { Cast, TestStation } from './cast.ts'
import { type Custody, everyone, signaturesOf, signedOnce, type TestSigner } from './custody.ts'

// biome-ignore lint/suspicious/noExplicitAny: a forger writes what no type allows
export type Loose = any

export const NO_LEAF = toBase64url(new Uint8Array(32))

/** Changes a record before it is signed, or a plan before it is approved. May name another signer; null leaves it unsigned. */
export type Change = (value: Loose, writer: LedgerWriter) => TestSigner | null | undefined | void

/** Thrown when what is bent stands in the ledger and is signed: it shows there, and the rest need not be told. */
const enough = new Error('told far enough')

export class LedgerWriter {
  readonly lines: string[] = []
  /** base64url. */
  readonly leaves: string[] = []
  /** The number of each step that has a name. */
  readonly steps = new Map<string, number>()
  token: Token
  audit: TestSigner
  station: TestStation
  roster: Custody[]
  readonly #changes: Map<string, Change>
  readonly #stops: boolean
  #now = Date.parse('2026-01-05T08:00:00.000Z')
  #drawn = 0

  constructor(
    readonly cast: Cast,
    changes: Record<string, Change> = {},
    stops = false,
  ) {
    this.#stops = stops
    this.token = cast.token
    this.audit = cast.audit
    this.station = cast.station
    this.roster = [cast.ops, cast.vault]
    this.#changes = new Map(Object.entries(changes))
  }

  get leaf(): string {
    return this.leaves.at(-1)!
  }

  get text(): string {
    return textOf(this.lines)
  }

  /** Goes on after the lines of another ledger. */
  goOnAfter(lines: readonly string[]): void {
    this.lines.push(...lines)
    this.leaves.push(...lines.map((line) => toBase64url(leafOf(line))))
    this.#now = Date.parse(recordOf(lines.at(-1)!).time)
  }

  /** A record at the end; gives its leaf. A signer of null leaves it to the next record's signature. */
  add(step: string, type: string, members: object, signer: TestSigner | null = this.audit): string {
    const record: Loose = {
      format: 'keyrite.record/1',
      partition: this.cast.partition,
      seq: this.lines.length,
      prev: this.leaves.at(-1) ?? null,
      time: this.#time(1),
      type,
      tool: { name: 'keyrite', version: '0.1.0' },
      station: this.station.name,
      host: { user: 'ops', name: 'host' },
      ...structuredClone(members),
    }
    const who = this.#change(step, record) ?? signer
    this.steps.set(step, this.lines.length)
    return this.#sign(record, who === 'nobody' ? null : who)
  }

  #sign(record: Loose, who: TestSigner | null): string {
    const signature = who && {
      key: who.key.id,
      alg: who.key.alg,
      value: toBase64url(signedOnce(who, recordMessage(record))),
    }
    const line = formatLine({ record, signature })
    this.lines.push(line)
    this.leaves.push(toBase64url(leafOf(line)))
    if (this.#stops && this.#changes.size === 0 && signature) throw enough
    return this.leaf
  }

  #change(step: string, value: Loose): TestSigner | 'nobody' | undefined {
    const change = this.#changes.get(step)
    this.#changes.delete(step)
    const signer = change?.(value, this)
    return signer === null ? 'nobody' : (signer ?? undefined)
  }

  /** What shares are to sign, before they do. */
  protected bend<T extends object>(step: string, said: T): T {
    this.#change(`said:${step}`, said)
    return said
  }

  /** No other place has them, and every telling has the same: what stands before a bent step is signed, and read, once. */
  protected random(length: number): Buffer {
    const place = `${this.cast.partition} ${this.lines.length} ${this.#drawn++}`
    return createHash('shake256', { outputLength: length }).update(place).digest()
  }

  /** Minutes pass. */
  #time(minutes: number): string {
    this.#now += minutes * 60_000
    return new Date(this.#now).toISOString()
  }

  plan(step: string, op: string, members: object): Loose {
    const created = this.#time(0)
    const plan = {
      format: 'keyrite.plan/1',
      op,
      partition: this.cast.partition,
      ...(op === 'partition.init' ? {} : { tokens: [{ serial: this.token.serial }] }),
      head: this.lines.length === 0 ? null : { seq: this.lines.length - 1, leaf: this.leaf },
      nonce: toBase64url(this.random(16)),
      created,
      expires: new Date(this.#now + 1_800_000).toISOString(),
      needs: needsOf(
        rolesOf({ op: op as Plan['op'] }, this.#rolesOf((members as { recovers?: string }).recovers)),
        this.roster.map(({ group }) => group),
      ),
      ...structuredClone(members),
    }
    this.#change(`plan:${step}`, plan)
    return plan
  }

  /** Of the intent with this leaf. */
  #rolesOf(leaf = ''): readonly GroupRole[] | undefined {
    const line = this.lines[this.leaves.indexOf(leaf)]
    return line === undefined ? undefined : rolesOf(recordOf(line).plan)
  }

  /** The signatures of M custodians of each group that the plan needs, or of all. */
  approvals(plan: Loose, all = false): Approval[] {
    return this.#signedBy(planMessage(plan), all ? undefined : plan.needs).map((signed) => ({ ...signed, via: 'file' }))
  }

  #signedBy(message: Uint8Array, needs?: readonly { group: string }[]) {
    const asked = this.roster.filter(({ group }) => !needs || needs.some((need) => need.group === group.name))
    return asked.flatMap((custody) => signaturesOf(custody, message, needs ? undefined : everyone(custody)))
  }

  /** M custodians of every group let an audit key in. */
  keyApprovals(serial: string, { key }: TestSigner) {
    const message = auditKeyMessage(this.cast.partition, serial, key)
    return this.roster.flatMap((custody) => signaturesOf(custody, message))
  }

  /** Throws when a change never found its step. */
  /** Tells, up to where a change of it is signed. */
  protected told(tell: () => void): this {
    try {
      tell()
    } catch (error) {
      if (error !== enough) throw error
    }
    return this.end()
  }

  /** The ledger up to this step. */
  textTo = (step: string): string => textOf(this.lines.slice(0, this.steps.get(step)! + 1))

  end(): this {
    const [left] = this.#changes.keys()
    if (left !== undefined) throw new Error(`no step is called ${left}`)
    return this
  }
}

export const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** As it is in memory. */
export const recordOf = (line: string): Loose => recordInMemory(JSON.parse(line).record) as Loose

/** Writes a ledger into a partition's folder under a home, with the modes that it must have, and gives its path. */
export function install(text: string | Uint8Array, home: string, name = 'pay'): string {
  mkdirSync(join(home, name), { recursive: true, mode: 0o700 })
  chmodSync(home, 0o700)
  const path = join(home, name, 'ledger.jsonl')
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
