// What comes when: the beginning of a partition, keys, files, the last checkpoint, the last signature, and how long it all takes.
import { counted } from '../../domain/words.ts'
import { secondsOf } from '../shapes.ts'
import type { StepOf } from '../step.ts'
import { begins, logsIn, wantsPartition, writesAtStation } from './commands.ts'
import { applied } from './effects.ts'
import { checkFiles } from './files.ts'
import type { Keys } from './keys.ts'
import { worldOf } from './known.ts'
import { isToFail, type Stage, type Staged } from './stage.ts'

export function checkOrder(stage: Stage): void {
  checkIds(stage)
  checkPartition(stage)
  checkEffects(stage)
  checkFiles(stage)
  checkLastCheckpoint(stage)
  checkLastSignature(stage)
  checkLengths(stage)
}

function checkIds(stage: Stage): void {
  const ids = stage.steps.map(({ step }) => step.id)
  for (const [i, { step }] of stage.steps.entries())
    if (ids.indexOf(step.id) !== i) stage.tell(step, 'another step has this id already')
}

function checkPartition(stage: Stage): void {
  const first = stage.steps.findIndex(({ line }) => line && begins(line))
  const end = stage.steps.findIndex(({ line }) => line?.path === 'partition retire')
  for (const [i, { step, line }] of stage.steps.entries()) {
    if (!line) continue
    if (i < first && wantsPartition(line))
      stage.tell(step, `there is no partition before step ${stage.steps[first]!.step.id}`)
    if (i > first && begins(line))
      stage.tell(step, `step ${stage.steps[first]!.step.id} has begun the partition already`)
    if (end !== -1 && i > end && logsIn(line))
      stage.tell(step, `the partition came to its end in step ${stage.steps[end]!.step.id}`)
    const name = ['partition init', 'partition adopt', 'partition retire'].includes(line.path)
      ? line.operands[0]?.value
      : undefined
    if (name !== undefined && name !== stage.script.partition && !name.startsWith('{'))
      stage.tell(step, `the script is of the partition ${stage.script.partition}, and not of ${name}`)
  }
}

/** What each command needs is there by then, and what the script expects of keys comes of it. */
function checkEffects(stage: Stage): void {
  const world = worldOf(stage.script, stage.known)
  for (const { step, known } of stage.steps) {
    if (step.kind === 'compare') stage.tell(step, wrongOf(step, world.keys, stage))
    if (step.kind !== 'run') continue
    for (const why of known && !isToFail(step) ? applied(known, world, step.id) : []) stage.tell(step, why)
    for (const [one, state] of Object.entries(step.expect?.state ?? {})) stage.tell(step, world.keys.expect(one, state))
  }
}

const wrongVersion = (of: string): string | undefined =>
  /#[1-9]\d{0,8}$/.test(of) ? undefined : `of is ${of}, and a fingerprint is that of a version, such as NAME#1`

/** `of` of a comparison. */
function wrongOf({ id, value, of }: StepOf<'compare'>, keys: Keys, { steps }: Stage): string | undefined {
  if (value === 'key.fingerprint')
    return of === undefined ? 'of says which version: of = "NAME#1"' : (wrongVersion(of) ?? keys.absent(of))
  if (value !== 'plan.code') return of === undefined ? undefined : `${value} is of nothing else: leave of out`
  const before = steps.slice(
    0,
    steps.findIndex(({ step }) => step.id === id),
  )
  const isPlan = before.some(({ step, line }) => step.id === of && line && logsIn(line))
  return isPlan ? undefined : 'of names the earlier step whose plan it is'
}

/** Of the last record that a login leaves the token knows; of what a station writes after it, it does not. */
function checkLastCheckpoint(stage: Stage): void {
  const last = stage.steps.findLastIndex(({ line }) => line && logsIn(line))
  const { step, line } = stage.steps[last] ?? {}
  if (!step || !line || line.path === 'partition retire') return
  if (line.path !== 'audit checkpoint')
    return stage.tell(
      step,
      `${line.path} is the last login: an audit checkpoint comes after it, so that the token knows the last record`,
    )
  for (const staged of stage.steps.slice(last + 1))
    if (writesLater(staged, stage))
      stage.tell(
        staged.step,
        `it writes into the ledger after the last audit checkpoint, in step ${step.id}, and the token does not know of it`,
      )
}

function writesLater({ step, line }: Staged, { script }: Stage): boolean {
  if (step.kind !== 'media') return line !== undefined && writesAtStation(line)
  const medium = new Map(Object.entries(script.media ?? {})).get(step.medium)
  return typeof medium === 'object' && medium.share !== undefined
}

function checkLastSignature(stage: Stage): void {
  const last = stage.steps.findLastIndex(({ step }) => step.kind === 'sign')
  if (last === -1) return stage.tell(undefined, 'nobody signs the journal: the last step is of the kind sign')
  for (const { step } of stage.steps.slice(last + 1))
    stage.tell(step, 'it comes after the last signature: nobody signs for it')
  // What is signed is the end of the journal, which there is not before.
  const end = stage.steps.findLastIndex(({ step }) => step.kind !== 'sign')
  for (const { step } of stage.steps.slice(0, Math.min(end, last)))
    if (step.kind === 'sign')
      stage.tell(step, 'witnesses sign the end of the journal: a signature comes after every other step')
}

const HOUR = 3600
const LONGEST = 24 * HOUR
/** Without a pause. */
const LONGEST_STRETCH = 8 * HOUR

function checkLengths(stage: Stage): void {
  let stretch = 0
  for (const { step } of stage.steps) {
    const length = secondsOf(step.takes)
    const before = stretch
    stretch = step.kind === 'pause' ? 0 : stretch + length
    if (before <= LONGEST_STRETCH && stretch > LONGEST_STRETCH)
      stage.tell(step, 'people are at work for more than 8 hours without a pause by then')
  }
  const total = totalOf(stage)
  if (total > LONGEST)
    stage.tell(undefined, `it takes ${counted(Math.ceil(total / HOUR), 'hour')}: a ceremony ends within a day`)
}

export const totalOf = ({ script }: Pick<Stage, 'script'>): number =>
  script.steps.reduce((sum, { takes }) => sum + secondsOf(takes), 0)
