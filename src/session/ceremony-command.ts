// A step that runs a command: the real one, in this process, with its own prompts. What it left in the ledger is kept with it.

import { flagIn } from '../ceremony/fill-in.ts'
import { isCheckpoint, RECOVERS, recoveryOf, type StepOf } from '../ceremony/step.ts'
import { planIn } from '../ceremony/verify/given.ts'
import { filledBy } from '../ceremony/verify/steps.ts'
import { toBase64url } from '../domain/encoding.ts'
import { EXIT, refused } from '../domain/errors.ts'
import { exceptionsIn, type NewEntry, type Place, stepsIn } from '../domain/journal.ts'
import { beforeVersion, label } from '../domain/names.ts'
import { planDigest } from '../domain/proposal.ts'
import { leafOf, type Record } from '../domain/record.ts'
import { RECORDED_BY, WITHOUT_LOGIN } from '../domain/statement.ts'
import { type Answered, askStep } from './ceremony-asking.ts'
import type { CeremonyWork } from './ceremony-work.ts'

type RunStep = StepOf<'run'>
type StepEntry = Extract<NewEntry, { type: 'step' | 'failed' }>

/** Until its command has ended as it should, or it is left out. */
export async function runCommand(step: RunStep, work: CeremonyWork): Promise<Answered> {
  const words = filledBy(step.run, work.given)
  const flag = flagIn(step.run, words)
  if (flag !== undefined)
    throw refused('CEREMONY-POSSIBLE', `step ${step.id}: the value of ${flag} begins with a dash, and would be a flag`)
  await takeUp(step, words, work)
  if (work.isTaken(step.id)) return { done: true }
  work.terminal.show(`  keyrite ${words.map(shown).join(' ')}`)
  for (;;) {
    const answer = await askStep(step, 'run it', work)
    if ('exception' in answer) await work.add({ ...frame(step, step.id, work.now, work), exception: answer.exception })
    if (!('done' in answer)) return answer
    if (step.id === closingStep(work)) await close(step.id, work)
    await once(step, step.id, words, work)
    await takeUp(step, words, work)
    if (work.isTaken(step.id)) return answer
  }
}

const shown = (word: string): string => (/^[\w./#=:@,-]+$/.test(word) ? word : `'${word}'`)

/** One attempt. */
async function once(step: RunStep, id: string, words: readonly string[], work: CeremonyWork): Promise<void> {
  const { home, partition } = work.globals
  work.readAnew()
  const before = work.history.seq
  const began = work.now
  const named = work.partition.exists ? ['--partition', partition!] : []
  const leaves: string[] = []
  work.kept.begins({ step: id, leaves })
  const { exit, answer, records } = await work.context.perform([...words, '--home', home, ...named], {
    ...work.stepOf(id),
    appending(lines) {
      const own = lines.filter(isWithoutPlan).map((line) => toBase64url(leafOf(line)))
      leaves.push(...own)
      // What others write meanwhile has another leaf.
      if (own.length > 0) work.kept.begins({ step: id, leaves })
    },
  })
  work.readAnew()
  const made = new Set(records.map(({ leaf }) => leaf))
  const left = leftBy(
    id,
    work.recordsAfter(before).filter(({ leaf }) => made.has(leaf)),
    () => true,
  )
  const output = answer === '' ? {} : { output: work.kept.keepText(answer) }
  const taken = id === step.id ? step : undefined
  const wrong = differsFrom(taken, exit, work)
  const told = { ...frame(step, id, began, work), command: [...words] }
  if (wrong !== undefined && exit === EXIT.incomplete && isDoneByRecords(taken, words, left, work)) {
    await work.add({ ...told, type: 'failed', exit, ...output })
    await work.add({ ...told, ...left })
    work.terminal.show(
      `  step ${id} is done all the same: its command ended with ${exit}, and what it was to change is changed`,
    )
  } else {
    await work.add({ ...told, type: wrong === undefined ? 'step' : 'failed', exit, ...left, ...output })
    work.terminal.show(
      wrong === undefined ? `  step ${id} is done: exit code ${exit}` : `  step ${id} is not done: ${wrong}`,
    )
  }
  work.kept.ends()
}

/** What was changed is not changed twice: a checkpoint alone was not written, which the next login writes. That of a step which is there for nothing else is tried again. */
const isDoneByRecords = (
  step: RunStep | undefined,
  words: readonly string[],
  { records }: Pick<StepEntry, 'records'>,
  work: CeremonyWork,
): boolean =>
  records !== undefined &&
  !isCheckpoint(words) &&
  endedWell(records, work) &&
  differsFrom(step, undefined, work) === undefined

const frame = (step: RunStep, id: string, began: string, work: CeremonyWork): Extract<StepEntry, { type: 'step' }> => ({
  type: 'step',
  step: id,
  kind: step.kind,
  began,
  by: work.peopleOf(step.by),
})

/** In words, why a step is not done. A recovery is expected to end with 0. */
function differsFrom(step: RunStep | undefined, exit: number | undefined, work: CeremonyWork): string | undefined {
  const wanted = step?.expect?.exit ?? 0
  if (exit !== undefined && exit !== wanted) return `its command ended with ${exit}, and not with ${wanted}`
  if (work.isUnfinished) return 'the change that it began has no end yet'
  for (const [key, state] of Object.entries(step?.expect?.state ?? {})) {
    const [name, version] = [beforeVersion(key)!, Number(key.split('#')[1])]
    const found = work.history.key(name, version)?.state
    if (found !== state) return `${label(name, version)} is ${found ?? 'not there'}, and not ${state}`
  }
  return undefined
}

const isWithoutPlan = (line: string): boolean => WITHOUT_LOGIN.includes(JSON.parse(line).record.type)

/** Of these records those that the step has left, and the plans among them. `isMade`: whether its command made one that names no step. */
function leftBy(
  id: string,
  found: readonly { record: Record; leaf: string }[],
  isMade: (leaf: string) => boolean,
): Pick<StepEntry, 'records' | 'plans'> {
  const intents = new Set<string>()
  const records: Place[] = []
  const plans: string[] = []
  for (const { record, leaf } of found) {
    const plan = planIn(record)
    const isOwn = plan?.ceremony?.step === id
    if (isOwn) {
      intents.add(leaf)
      plans.push(planDigest(plan))
    }
    const follows = 'intent' in record && (intents.has(record.intent) || record.type === 'recovered')
    const isSaid = WITHOUT_LOGIN.includes(record.type) && !(record.type === 'note' && record.ceremony) && isMade(leaf)
    if (isOwn || follows || isSaid) records.push({ seq: record.seq, leaf })
  }
  return { ...(records.length > 0 ? { records } : {}), ...(plans.length > 0 ? { plans } : {}) }
}

/** What a program that ended in the middle of this step has left is told first; what is open is recovered by a step of its own. */
async function takeUp(step: RunStep, words: readonly string[], work: CeremonyWork): Promise<void> {
  await tell(step, words, work)
  const recovery = recoveryOf(step.id)
  while (work.isUnfinished) {
    work.terminal.show('  what this step began has no end yet: it is recovered first, by a step of its own')
    const answer = await askStep({ ...step, id: recovery }, 'recover it', work)
    if (!('done' in answer)) return
    await once(step, recovery, RECOVERS, work)
    // Of a beginning everyone had approved before: what it is comes of the step itself.
    await tell(step, words, work)
    if (work.isUnfinished || work.isTaken(step.id)) continue
    // What the recovery found done is done.
    if (isDoneAnyway(step, work)) await work.add({ ...frame(step, step.id, work.now, work), command: [...words] })
  }
}

const isDoneAnyway = (step: RunStep, work: CeremonyWork): boolean =>
  Object.keys(step.expect?.state ?? {}).length > 0 && differsFrom(step, undefined, work) === undefined

/** Records of this step that no line of the journal has. */
async function tell(step: RunStep, words: readonly string[], work: CeremonyWork): Promise<void> {
  // Of a beginning that is not finished the step is told once it is.
  if (work.isNearlyBegun) return
  const { running } = work.kept
  for (const id of [step.id, recoveryOf(step.id)]) {
    const wanted = id === step.id ? words : RECOVERS
    // What names no step is of this one where a program that ended within its command was about to write it.
    const isMade = (leaf: string) => running?.step === id && running.leaves.includes(leaf)
    const left = leftBy(id, work.recordsAfter(lastTold(work)), isMade)
    if (!left.records) continue
    const isDone = id === step.id && endedWell(left.records, work) && differsFrom(step, undefined, work) === undefined
    const type = isDone ? ('step' as const) : ('failed' as const)
    await work.add({ ...frame(step, id, work.now, work), type, command: [...wanted], ...left })
  }
  if (running) work.kept.ends()
}

function endedWell(records: readonly Place[], work: CeremonyWork): boolean {
  const last = work.recordsAfter(records.at(-1)!.seq - 1)[0]?.record
  if (!last) return false
  return (
    last.type in RECORDED_BY || last.type === 'partition.created' || (last.type === 'outcome' && last.result === 'done')
  )
}

/** The last record that the journal has: before its first one the note that opened it. */
function lastTold(work: CeremonyWork): number {
  const { lines, partition, begins } = work
  const told = lines.flatMap(({ entry }) => ('records' in entry ? (entry.records ?? []).map(({ seq }) => seq) : []))
  if (told.length > 0) return Math.max(...told)
  if (begins && !partition.hasLedger) return -1
  const { newest } = work.history.ceremonies
  // Record 0 opens one in which the partition begins, and is a record of its own too.
  return newest?.journal === lines[0]!.leaf && newest.seq > 0 ? newest.seq : -1
}

/** The step behind the closing note: the last command, where it is a checkpoint. */
function closingStep({ given: { script } }: CeremonyWork): string | undefined {
  const last = script.steps.findLast((step) => step.kind === 'run')
  return last?.kind === 'run' && isCheckpoint(last.run) ? last.id : undefined
}

/** The closing note, once. */
export async function close(step: string | undefined, work: CeremonyWork): Promise<void> {
  const { name } = work.given.opened
  if (work.history.ceremonies.isFinished(name)) return
  const counts = { steps: stepsIn(work.lines), exceptions: exceptionsIn(work.lines) }
  await work.note(`the ceremony ${name} is closed`, {
    event: 'closed',
    name,
    journal: work.leaf,
    ...(step ? { step } : {}),
    ...counts,
  })
}
