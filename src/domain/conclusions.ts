// What a record that ends a change may say: result, error, keys and files must agree with each other, and with what came before.
import type { CopyTarget } from './application-shapes.ts'
import { sameJson } from './canonical.ts'
import { copyInWords, plannedCopies } from './copies.ts'
import { endedMembers } from './ended-members.ts'
import { notVerified } from './errors.ts'
import { wrongTransport } from './import-rules.ts'
import type { ToldOfApp } from './known-application.ts'
import type { KnownMember } from './known-member.ts'
import { label } from './names.ts'
import { operationOf } from './operations.ts'
import { checkFiles } from './outcome-files.ts'
import { type IntentPlan, plannedKeys, type RetirePlan } from './plan.ts'
import type { Outcome, Recovered, Retired } from './record.ts'
import { wrongRenewal } from './renewed-profile.ts'
import type { GroupRole, KeyTarget } from './shapes.ts'

/** An intent whose outcome is not known. */
export interface OpenIntent {
  leaf: string
  seq: number
  plan: IntentPlan
  /** Whose groups approved it, and approve what finishes it. */
  roles: readonly GroupRole[]
  /** Keys of its plan that no outcome has told of yet, by label: one plan may have an outcome per 500 keys. */
  awaited: Map<string, KeyTarget>
  /** What was told so far: records, a key that came or moved, a token that was let in or a station that came or went, and the first thing that is not as planned. */
  told: number
  moved: boolean
  installed: boolean
  differs: string | undefined
  /** By their names, what was told of the applications of its plan. */
  apps: Map<string, ToldOfApp>
  /**
   * Of a recovery: what it has recorded, whether something had changed, whether it may have changed something itself (copies, and the keys of other members, are
   * brought where they were to be), and by label what was to be destroyed and was not told of.
   */
  finding: { found: Recovered['found']; changed: boolean; mayChange: boolean; ends: string[] } | undefined
}

/** OUTCOME-RESULT, OUTCOME-FILES: asked when the outcome's keys have been taken in. `last`: it closes the intent. */
export function checkOutcome(outcome: Outcome, intent: OpenIntent, last: boolean): void {
  const wrong =
    wrongResult(outcome, intent, last) ??
    wrongKeys(outcome, intent) ??
    wrongRestore(outcome, intent) ??
    wrongStation(outcome, intent) ??
    wrongRoster(outcome, intent) ??
    wrongRequest(outcome, intent) ??
    wrongApps(outcome, intent, last) ??
    wrongRecovery(outcome, intent)
  if (wrong !== undefined) throw notVerified('OUTCOME-RESULT', wrong)
  checkFiles(outcome, intent.plan, last)
}

function wrongResult({ result, changed, error }: Outcome, intent: OpenIntent, last: boolean): string | undefined {
  const { plan, differs } = intent
  if ((result === 'done') !== (error === undefined))
    return error ? 'it is done, with an error' : 'it is not done, without an error'
  if (result !== 'done' && changed !== (result === 'partial'))
    return changed ? 'it failed, and something changed' : 'it is done in part, and nothing changed'
  if (changed && operationOf(plan).changes === 'nothing') return `${plan.op} changes nothing`
  if (last && result === 'done' && differs !== undefined) return `it is done, and ${differs}`
  return undefined
}

/** What changed is told of, and what is told of changed. */
function wrongKeys({ result, changed, keys }: Outcome, { plan, told }: OpenIntent): string | undefined {
  if (told > 0 && (keys.length === 0 || result === 'failed')) return 'it ends what an outcome before it told otherwise'
  const { changes } = operationOf(plan)
  // What only reads tells of what it has proved.
  if (!changed && keys.length > 0 && !(changes === 'nothing' && result === 'done'))
    return 'nothing changed, and it tells of keys'
  if (keys.length > 0 || plannedKeys(plan).length === 0) return undefined
  if (result === 'done') return 'it is done, and tells of no key'
  return changed && changes === 'keys' ? 'something changed, and it tells of no key' : undefined
}

/** A restore that is done let its token in, and brought every key. */
function wrongRestore({ result, changed }: Outcome, { plan, installed }: OpenIntent): string | undefined {
  if (plan.op !== 'backup.restore') return undefined
  if (installed !== changed) return installed ? 'its token was let in, and nothing changed' : 'nothing let its token in'
  return result === 'done' && plan.missing.length > 0 ? 'it is done, and keys are missing' : undefined
}

const movesStations = (plan: IntentPlan): boolean => operationOf(plan).changes === 'stations'

/** The set of stations changed when a record says so, and then it is done. */
function wrongStation({ result, changed }: Outcome, { plan, installed }: OpenIntent): string | undefined {
  if (!movesStations(plan) || (installed === changed && installed === (result === 'done'))) return undefined
  return installed ? 'its station came or went, and it says otherwise' : 'no station came or went'
}

/** A member comes or goes by it. */
const isOfMember = ({ op }: IntentPlan): boolean => op === 'member.add' || op === 'member.retire'

const changesRoster = (plan: IntentPlan): boolean => operationOf(plan).changes === 'roster'
/** What is done has changed something, whatever it tells of. */
export const changesWhenDone = (plan: IntentPlan): boolean =>
  changesRoster(plan) || operationOf(plan).changes === 'requests'

/** Who approves has changed when it is done. Once the old secret of a group is wrapped, a replacement goes forward alone. */
function wrongRoster({ result, changed }: Outcome, { plan, installed }: OpenIntent): string | undefined {
  if (plan.op === 'quorum.replace' && !(installed && result === 'done'))
    return installed
      ? 'the custodians are replaced, and it is not done'
      : 'nothing says that the custodians are replaced'
  if (isOfMember(plan) && installed ? !changed : isOfMember(plan) && result === 'done')
    return installed ? 'a member came or went, and nothing changed' : 'no member came or went'
  return changesRoster(plan) && changed !== (result === 'done') ? 'who approves changes when it is done' : undefined
}

/** Its transport key is told of when a request is done, and a request comes or goes with that alone. */
function wrongRequest({ result, changed, transport, profile }: Outcome, { plan }: OpenIntent): string | undefined {
  const isDone = result === 'done'
  const wrong = wrongRenewal(plan, profile, isDone)
  if (wrong !== undefined) return wrong
  if (operationOf(plan).changes === 'requests' && changed !== isDone) return 'a request comes or goes when it is done'
  return wrongTransport(plan, transport, isDone)
}

/** An application came or went when a record says so; what is done told of every copy, and each is as it is wished. */
function wrongApps({ result, changed }: Outcome, intent: OpenIntent, last: boolean): string | undefined {
  const { plan, installed } = intent
  if (installed && MOVES_AN_APP.includes(plan.op) && !changed) return 'an application came or went, and nothing changed'
  return last && result === 'done' ? notAsWished(intent) : undefined
}

const MOVES_AN_APP: readonly string[] = ['app.init', 'app.adopt', 'app.replace', 'app.retire']

/** The first thing about the applications of a plan that keeps it from being done. */
function notAsWished({ plan, apps, installed }: OpenIntent): string | undefined {
  if (MOVES_AN_APP.includes(plan.op) && !installed) return 'no application came or went'
  const untold = plan.op === 'app.pin' ? plan.apps.find(({ name }) => !apps.has(name)) : undefined
  if (untold) return `no PIN of ${untold.name} was handed over`
  // The copies go with their token.
  if (plan.op === 'app.retire') return undefined
  for (const { name, copies, without } of plannedCopies(plan)) {
    const told = apps.get(name)
    if (without) continue
    if (!told && copies.length > 0) return `nothing tells of ${name}`
    const wrong = copies.find((copy) => !isAsWished(copy, told, plan.op === 'app.check'))
    if (wrong) return `the copy ${copyInWords(wrong)} of ${name} is not as it is wished`
  }
  return undefined
}

function isAsWished({ name, version, wished }: CopyTarget, told: ToldOfApp | undefined, onlyTold: boolean): boolean {
  const state = told?.copies.get(label(name, version))?.state
  return onlyTold ? state !== undefined : state === (wished ? 'present' : 'absent')
}

/** A recovery that has recorded what it found is done, but for members that it could not make right, and changed what was found changed. One that was given up may not know. */
function wrongRecovery({ result, changed, holders = [] }: Outcome, { plan, finding }: OpenIntent): string | undefined {
  if (plan.op !== 'partition.recover') return undefined
  if (!finding) return changed ? 'something changed, and nothing says what it found' : undefined
  const isHeldUp = holders.some(({ proof }) => proof === 'unproven')
  if (result !== 'done' && !isHeldUp) return 'it has recorded what it found, and is not done'
  const fits = changed === finding.changed || (changed && (finding.found === 'partial' || finding.mayChange))
  return fits ? undefined : `what it found had ${finding.changed ? 'changed' : 'not changed'}, and it says otherwise`
}

/** OUTCOME-RESULT, OUTCOME-FILES: a token is erased when each of its keys is destroyed; of one that is lost the keys may live. Gives what is known of the end. */
export function checkEnd(record: Retired, plan: RetirePlan, living: number, live: readonly KnownMember[]) {
  const { token, seq, time, members } = record
  const planned = plan.lost ? 'lost' : 'erased'
  if (token !== planned) throw notVerified('OUTCOME-RESULT', `the token was to be ${planned}`)
  if (!sameJson(members ?? [], endedMembers(plan, live) ?? []))
    throw notVerified('OUTCOME-RESULT', 'of the members something else was planned')
  if (token === 'erased' && living > 0) throw notVerified('OUTCOME-RESULT', 'keys live that no outcome tells of')
  checkFiles(record, plan)
  return { token, seq, time, ...(members && { members }) }
}

/** The ledger has something of it already: a recovery can't find that it was not done. */
export const isBegun = ({ told, moved, installed }: Pick<OpenIntent, 'told' | 'moved' | 'installed'>): boolean =>
  told > 0 || moved || installed

/** RECOVERED-FOUND, OUTCOME-FILES: asked when its keys have been taken in. */
export function checkRecovered(record: Recovered, intent: OpenIntent): void {
  const { found, keys } = record
  const { plan, installed, differs } = intent
  const isThere = isWhole(record, intent) && (plan.op !== 'backup.restore' || installed)
  const wrong = {
    done: isThere ? (differs ?? notAsWished(intent)) : 'not all of it is there',
    partial: undefined,
    'not done': isBegun(intent) || keys.length > 0 ? 'something of it is there' : undefined,
  }[found]
  // Copies that were proved are gone by then, and nobody saw it.
  if (keys.length > 0 && operationOf(plan).leavesKeys)
    throw notVerified('RECOVERED-FOUND', `${plan.op} is recovered, and tells of keys`)
  if (found !== 'done' && (plan.op === 'quorum.replace' || operationOf(plan).inLedgerAlone))
    throw notVerified('RECOVERED-FOUND', `${plan.op} can be found done alone`)
  if (found === 'done' && plan.op === 'key.import-request')
    throw notVerified('RECOVERED-FOUND', 'a request that was cut off is taken back')
  if (wrong !== undefined) throw notVerified('RECOVERED-FOUND', `it found the change ${found}, and ${wrong}`)
  checkFiles(record, plan)
}

function isWhole({ artefacts }: Recovered, { plan, awaited, installed }: OpenIntent): boolean {
  if (movesStations(plan) || isOfMember(plan) || plan.op === 'quorum.replace') return installed
  if (operationOf(plan).inLedgerAlone || plan.op === 'key.import-cancel') return true
  if (plannedKeys(plan).length === 0 && ('apps' in plan || MOVES_AN_APP.includes(plan.op))) return true
  return plannedKeys(plan).length > 0
    ? awaited.size === 0
    : operationOf(plan).files?.are === 'its work' && artefacts !== undefined
}
