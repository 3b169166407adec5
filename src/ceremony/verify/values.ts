// The values of a step: those that it asks for and no others, and each that script, journal or ledger tell of made anew from them.

import { runInNewContext } from 'node:vm'
import { shortCode } from '../../domain/code.ts'
import { fromBase64url } from '../../domain/encoding.ts'
import type { EntryOf } from '../../domain/journal.ts'
import { label } from '../../domain/names.ts'
import type { Record } from '../../domain/record.ts'
import type { KeyReport } from '../../domain/shapes.ts'
import { likeInWords } from '../like-words.ts'
import type { CeremonyStep, StepOf } from '../step.ts'
import { type Given, takenSteps } from './given.ts'

type Step = EntryOf<'step'>

/** What was entered so far, by blank. */
export const blanksIn = (given: Pick<Given, 'lines'>): { readonly [blank: string]: string } =>
  Object.assign({}, ...takenSteps(given).map(({ values }) => values ?? {}))

/** Milliseconds. Some expressions try for ever over one answer, such as `(a+)+` over many a and a b. */
const LONG_ENOUGH = 1000

/** All of it: `^a|b$` lets no other a or b through. What is not found to be like it in this time is not. */
export function isLike(value: string, like: string, timeout = LONG_ENOUGH): boolean {
  try {
    const given = { like: `^(?:${like})$`, value }
    return runInNewContext('new RegExp(like, "u").test(value)', given, { timeout }) === true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
    throw error
  }
}

export function strangeValues({ values = {} }: Step, step: CeremonyStep): string[] {
  const asked = askedIn(step)
  const strange = Object.keys(values).filter((name) => !asked.includes(name))
  return strange.map((name) => `it has a value for ${name}, which it does not ask for`)
}

function askedIn(step: CeremonyStep): readonly string[] {
  if (step.kind === 'enter') return step.blanks
  if (step.kind === 'media') return [step.blank]
  return step.kind === 'compare' ? [step.value] : []
}

export function wrongValues(entry: Step, step: CeremonyStep, given: Given): string[] {
  const values = entry.values ?? {}
  switch (step.kind) {
    case 'enter':
      return step.blanks.flatMap((blank) => wrongBlank(blank, values[blank], given))
    case 'media':
      return [...wrongBlank(step.blank, values[step.blank], given), ...wrongBag(entry, step, given)]
    case 'compare':
      return wrongCompared(values[step.value], step, entry, given)
    default:
      return []
  }
}

function wrongBlank(blank: string, value: string | undefined, { script }: Given): string[] {
  if (value === undefined) return [`nothing was entered for ${blank}`]
  const like = script.blanks?.[blank]?.like
  return like === undefined || isLike(value, like)
    ? []
    : [`${blank} is ${value}, and the script wants ${likeInWords(like) ?? `what is like ${like}`}`]
}

/** A bag is opened with the number that stood there before, or it is said that it was another. */
function wrongBag({ seq, values }: Step, { id, bag, blank }: StepOf<'media'>, { lines }: Given): string[] {
  const earlier = lines.slice(0, seq)
  const before = blanksIn({ lines: earlier })[blank]
  if (bag === 'sealed' || before === undefined || before === values?.[blank]) return []
  const isTold = earlier.some(({ entry }) => entry.type === 'exception' && entry.step === id)
  return isTold ? [] : [`the bag ${blank} was sealed as ${before}, and no exception says that another was opened`]
}

function wrongCompared(found: string | undefined, step: StepOf<'compare'>, { seq }: Step, given: Given): string[] {
  const wanted = step.value === 'key.fingerprint' ? fingerprintThen(step.of, seq, given) : comparedIn(step, given)
  const what = step.of === undefined ? step.value : `${step.value} of ${step.of}`
  if (wanted === undefined) return [`there was no ${what} that could be compared`]
  return found === wanted ? [] : [`${what} is ${wanted}, and ${found ?? 'nothing'} was compared`]
}

/** What two people had to see. Undefined where there is none, and of keys, which the ledger tells of. */
export function comparedIn(step: StepOf<'compare'>, given: Given): string | undefined {
  if (step.value === 'script.code') return given.code
  if (step.value === 'tool.sha256') return given.opened.tool.sha256
  if (step.value === 'key.fingerprint') return undefined
  const plan = takenSteps(given)
    .find((entry) => entry.step === step.of)
    ?.plans?.at(-1)
  return plan === undefined ? undefined : shortCode(fromBase64url(plan))
}

/** As the ledger had it before whatever later lines have left there. */
function fingerprintThen(key: string | undefined, seq: number, { lines, ledger }: Given): string | undefined {
  const later = lines.slice(seq + 1).flatMap(({ entry }) => ('records' in entry ? (entry.records ?? []) : []))
  const until = Math.min(...later.map((place) => place.seq))
  for (const { record } of ledger) {
    if (record.seq >= until) break
    const found = reportsIn(record).find(({ name, version }) => label(name, version) === key)
    if (found) return found.fingerprint
  }
  return undefined
}

/** What a record tells of keys. */
export function reportsIn(record: Record): readonly KeyReport[] {
  if (record.type === 'outcome' || record.type === 'recovered') return record.keys
  return record.type === 'partition.created' && record.plan.op === 'partition.adopt' ? record.plan.keys : []
}

/** What was compared and stands in the journal alone: nothing else in a record or a ledger can tell that it is so. */
export const notRecomputed = ({ script, lines }: Pick<Given, 'script' | 'lines'>): string[] =>
  takenSteps({ lines }).flatMap(({ step: id, exception, values }) => {
    const step = script.steps.find((one) => one.id === id)
    const isSo = step?.kind === 'compare' && step.value === 'tool.sha256' && exception === undefined
    return isSo ? [`${step.value} of step ${id}: ${values?.[step.value]}`] : []
  })
