// A change that waits for shares from afar, and the machines that these come from: folders with a copy of the ledger, and no more.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { canonical } from '../../src/domain/canonical.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import type { IntentPlan } from '../../src/domain/plan.ts'
import { planCode, planMessage, propose } from '../../src/domain/proposal.ts'
import { formatContribution, formatSentPlan, type SentPlan } from '../../src/domain/proposal-files.ts'
import type { KeyApproval, Need } from '../../src/domain/shapes.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import { makeFolder, remove } from './folders.ts'
import { perform } from './in-process.ts'
import type { Result, RunOptions } from './keyrite.ts'
import { blank, copyOf, initArgs, initByGroups, type Kind, type TestPartition } from './partition.ts'

const PEOPLE = ['alice', 'bob', 'carol', 'dan', 'erin', 'frank', 'gina']

/** M of the first N, with one key, `card`. */
export const wide = (m: number, n: number, kind: Kind = 'plain'): Promise<TestPartition> =>
  copyOf(`${kind}-${m}-of-${n}`, kind, async () => {
    const place = blank(kind, PEOPLE.slice(0, n))
    await place.data(...initArgs(place, m))
    await place.data('key', 'generate', 'card', '--type', 'aes-256', ...place.approvedBy(...PEOPLE.slice(0, m)))
    return place
  })

/** Two groups of 3 of 4: the operators (alice to dan) and the vault (erin to hugo). */
export const twoGroups = (): Promise<TestPartition> =>
  copyOf('plain-two-of-four', 'plain', async () => {
    const place = blank('plain', [])
    const groups = ['ops:user:3:alice,bob,carol,dan', 'vault:so,recovery:3:erin,frank,gina,hugo']
    await place.data(...initByGroups(place, groups))
    for (const name of readdirSync(place.path('shares')))
      renameSync(place.path('shares', name), place.path('shares', name.replace(/\.(ops|vault)\./, '.')))
    return place
  })

/** Disposal ends it, where a test did not come to its end. */
export interface Waiting extends AsyncDisposable {
  /** What comes of it in the end. */
  readonly done: Promise<Result>
  /** The plan, once it has been left. */
  readonly file: string
  readonly plan: IntentPlan
  readonly code: string
}

/** Where plans are left. */
export const inboxOf = (place: TestPartition): string => place.path('afar')

export const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith(ending))

export const planIn = (file: string): IntentPlan => JSON.parse(readFileSync(file, 'utf8')).proposal.plan

/** Starts a change, and gives what it left as soon as it did. */
export async function wait(place: TestPartition, args: readonly string[], options: RunOptions = {}): Promise<Waiting> {
  const folder = inboxOf(place)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const words = [...args, '--remote', folder, '--json', '--no-input']
  const env = { ...place.folder.env, ...options.env }
  const done = perform(words, { ...options, home: place.home, env })
  let ended: Result | undefined
  done.then((result) => {
    ended = result
  })
  for (let name = ''; ; [name = ''] = filesIn(folder, '.plan')) {
    if (ended) throw new Error(`it did not wait: ${ended.stderr}`)
    if (name !== '') {
      const file = join(folder, name)
      const plan = planIn(file)
      const end = async () => {
        for (let i = 0; !ended && i < 40; i++) send(place, `end-${i}`, '{"contribution":{}}\n')
        await done
      }
      return { done, file, plan, code: planCode(plan), [Symbol.asyncDispose]: end }
    }
    await pause(10)
  }
}

/** One of the machines: it has neither a home nor a token. */
export class Elsewhere implements Disposable {
  readonly dir = makeFolder('elsewhere')
  readonly ledger: string
  readonly anchor: string

  constructor(
    readonly place: TestPartition,
    readonly name: string,
    anchor: string,
  ) {
    this.ledger = join(this.dir, 'pay.ledger')
    this.anchor = anchor
    copyFileSync(place.ledger, this.ledger)
  }

  path = (name: string): string => join(this.dir, name)

  /** `plan approve`, whatever comes of it. */
  approve(file: string, code: string, more: readonly string[] = [], options: RunOptions = {}): Promise<Result> {
    const flags = ['--ledger', this.ledger, '--anchor', this.anchor, '--code', code, '--out', this.path('contribution')]
    return this.run(['plan', 'approve', file, ...flags, ...this.place.approvedBy(this.name), ...more], options)
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return perform([...args, '--json', '--no-input'], { ...options, home: this.path('nowhere') })
  }

  [Symbol.dispose](): void {
    remove(this.dir)
  }
}

/** The machine of a custodian, who has the anchor on paper. */
export async function elsewhere(place: TestPartition, name: string): Promise<Elsewhere> {
  const { anchor } = await place.data('partition', 'show')
  return new Elsewhere(place, name, anchor)
}

/** What a contribution would be, made by whoever may bend it. */
export async function contribution(
  place: TestPartition,
  name: string,
  plan: IntentPlan,
  bent: { to?: string; sealed?: string; signs?: IntentPlan } = {},
): Promise<string> {
  const { recipient } = (plan as IntentPlan & { remote: { recipient: string } }).remote
  using share = shareOf(place, name)
  using other = shareOf(place, bent.sealed ?? name)
  const sealed = await quorum.sealPayload(other.payload, bent.to ?? recipient)
  return formatContribution({
    partition: plan.partition,
    plan: propose(plan).digest,
    key: toBase64url(share.key),
    value: toBase64url(share.sign(planMessage(bent.signs ?? plan))),
    sealed: toBase64url(sealed),
  })
}

/** Of a plain one. */
export function shareOf(place: TestPartition, name: string) {
  const lines = readFileSync(place.share(name), 'utf8').split('\n')
  return quorum.parseShare(lines.find((line) => line.startsWith('krs1'))!)
}

/** Writes a file as another machine does: it has its name once it is whole. */
export function send(place: TestPartition, name: string, content: string): string {
  const path = join(inboxOf(place), name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

/** A plan that was left, with other signatures, or another plan under the same ones. */
export function resent(file: string, to: string, change: (sent: SentPlan) => void): string {
  const line = JSON.parse(readFileSync(file, 'utf8'))
  change(line.proposal)
  writeFileSync(to, `${canonical(line)}\n`)
  return to
}

/** What a waiting process would leave. */
export function signedBy(place: TestPartition, plan: IntentPlan, ...names: string[]): string {
  const signed = names.map((name) => signatureOf(place, name, plan))
  return formatSentPlan({ plan, signed })
}

/** The approval of a custodian of the only group. */
export function signatureOf(place: TestPartition, name: string, plan: IntentPlan): KeyApproval {
  using share = shareOf(place, name)
  const [{ group, epoch }] = plan.needs as [Need]
  const value = toBase64url(share.sign(planMessage(plan)))
  return { custodian: name, group, epoch, key: toBase64url(share.key), value }
}
