// What was tried at each step, done or failed, against the script: its command, and the plans that came of it.
import { sameJson } from '../../domain/canonical.ts'
import { label } from '../../domain/names.ts'
import { type Plan, plannedKeys } from '../../domain/plan.ts'
import type { Record } from '../../domain/record.ts'
import { RECORDED_BY } from '../../domain/statement.ts'
import { inRoles, peopleOf } from '../site.ts'
import { isRecovery, RECOVERS, withoutRecovery } from '../step.ts'
import { type Fault, type Given, isTaken, planIn, type Taken } from './given.ts'
import { filledBy } from './steps.ts'

/** STEP-AS-WRITTEN: nothing was tried under a step's name that the step does not say. */
export const wrongAttempts = (given: Given): Fault[] =>
  given.lines.flatMap((line) =>
    isTaken(line)
      ? wrongAttempt(line.entry, given).map(
          (what): Fault => ({ code: 'STEP-AS-WRITTEN', message: `step ${line.entry.step}: ${what}` }),
        )
      : [],
  )

function wrongAttempt(entry: Taken['entry'], given: Given): string[] {
  const plans = (entry.records ?? []).flatMap(({ seq }) => {
    const plan = planIn(given.ledger[seq]?.record)
    return plan ? [{ seq, plan }] : []
  })
  const { command } = entry
  const others = plans.filter(({ plan }) => command === undefined || !isOf(plan, command))
  const strange = (entry.records ?? []).flatMap(({ seq }) => {
    const record = given.ledger[seq]?.record
    return record && !mayComeOf(record, command) ? [{ seq, type: record.type }] : []
  })
  const told = [
    ...others.map(({ seq, plan }) => `record ${seq} is of ${nameOf(plan)}, and ${ran(command)}`),
    ...strange.map(({ seq, type }) => `record ${seq} (${type}) comes of another command, and ${ran(command)}`),
    ...strangeMembers(entry),
    ...wrongPeople(entry, given),
  ]
  // Of a step that was taken the command is looked at with the rest of it.
  const isLooked = entry.type === 'step' && !isRecovery(entry.step)
  const wanted = isLooked ? command : commandOf(entry, given)
  return JSON.stringify(wanted) === JSON.stringify(command)
    ? told
    : [...told, `something else was tried: ${ran(command)}`]
}

const MEMBERS = ['values', 'command', 'exit', 'plans', 'records', 'output', 'file'] as const

/** What a line tells by the kind of its step. */
const OF_KIND: { readonly [kind in Taken['entry']['kind']]?: readonly string[] } = {
  enter: ['values'],
  compare: ['values'],
  media: ['values'],
  run: ['command', 'exit', 'plans', 'records', 'output'],
  attach: ['file'],
}

function strangeMembers(entry: Taken['entry']): string[] {
  const own = OF_KIND[entry.kind] ?? []
  const strange = MEMBERS.filter((member) => entry[member] !== undefined && !own.includes(member))
  return strange.map((member) => `it tells of ${member}, and a step of the kind ${entry.kind} has none`)
}

function wrongPeople({ step: id, by }: Taken['entry'], { script, site }: Given): string[] {
  const roles = script.steps.find((one) => one.id === withoutRecovery(id))?.by
  const isRight = roles === undefined || sameJson(by, inRoles(peopleOf(site, roles), roles))
  return isRight ? [] : ['it names others than the site file has in these roles']
}

const ran = (command: readonly string[] | undefined): string =>
  command === undefined ? 'it runs no command' : `its command was keyrite ${command.join(' ')}`

function commandOf({ step: id }: Taken['entry'], given: Given): readonly string[] | undefined {
  if (isRecovery(id)) return RECOVERS
  const step = given.script.steps.find((one) => one.id === id)
  return step?.kind === 'run' ? filledBy(step.run, given) : undefined
}

/** What shares sign without a plan comes of one command, and what was refused of the command of that operation. */
export function mayComeOf(record: Record, command: readonly string[] = []): boolean {
  const op = record.type === 'denied' ? record.op : RECORDED_BY[record.type]
  return op === undefined || isCalled(op, command)
}

const isCalled = (op: string, [noun, verb]: readonly string[]): boolean =>
  op === `${noun}.${verb}` || (op === 'key.import-cancel' && noun === 'key' && verb === 'import-request')

/** An operation is called by the command's first two words; the keys of `key` commands stand in it, alone or as the beginning of many. */
function isOf(plan: Plan, command: readonly string[]): boolean {
  if (!isCalled(plan.op, command)) return false
  const [noun, , ...words] = command
  const named = (name: string) => words.some((word) => word.split('#')[0] === name || name.startsWith(`${word}-`))
  return noun !== 'key' || plannedKeys(plan).every(({ name }) => named(name))
}

function nameOf(plan: Plan): string {
  const [first] = plannedKeys(plan)
  return first ? `${plan.op} ${label(first.name, first.version)}` : plan.op
}
