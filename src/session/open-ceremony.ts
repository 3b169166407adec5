// A ceremony that has begun and has no end, for those who look at a partition: since when, and at which step it stands.
import { parseScript } from '../ceremony/script.ts'
import { nextStep } from '../ceremony/verify/steps.ts'
import type { Context } from '../cli/context.ts'
import type { KeptCeremony } from '../domain/ceremony-keeping.ts'
import { bracketed, KeyriteError } from '../domain/errors.ts'
import { apart, type Hint, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { LedgerSource } from '../ledger/port.ts'
import { toTheMinute } from '../views/words.ts'
import { isOver } from './ceremony-work.ts'
import { linked } from './linked.ts'

interface Told {
  message: string
  hint: Hint
  /** Its journal can't be relied on. */
  isBroken?: true
}

/** Undefined where none is open. `home`: where its journal may be; a copy of a ledger has none. */
export function openCeremony(
  history: History,
  ledger: LedgerSource,
  at: { home: string; partition: string } | undefined,
  { ledgers }: Pick<Context, 'ledgers'>,
): Told | undefined {
  try {
    const kept = at && ledgers.ceremoniesIn(at.home).find((one) => one.partition === at.partition && !isOver(one))
    if (kept) return inJournal(kept)
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    const message = `the journal of a ceremony can't be relied on: ${error.message} ${bracketed(error.code)}`
    return { message, hint: error.hint ?? keyrite('ceremony', 'status'), isBroken: true }
  }
  const { open } = history.ceremonies
  if (!open) return undefined
  const time = timeOf(open.seq, history, ledger)
  const since = time === undefined ? `record ${open.seq}` : toTheMinute(time)
  const told = `the ceremony ${open.name} is open since ${since}`
  if (!at) return { message: told, hint: to('where its journal is', keyrite('ceremony', 'status')) }
  const lost = keyrite('ceremony', 'abort', open.name, '--journal-lost', '--reason', 'TEXT')
  return {
    message: `${told}, and its journal is not in this home`,
    hint: apart(to('where it is', keyrite('ceremony', 'resume', open.name)), to('where it is lost', lost)),
  }
}

/** Of a record, if the ledger vouches for it. */
function timeOf(seq: number, history: History, ledger: LedgerSource): string | undefined {
  try {
    return [...linked({ ledger, history }, seq - 1)][0]?.line.record.time
  } catch (error) {
    if (error instanceof KeyriteError) return undefined
    throw error
  }
}

function inJournal({ name, lines, script }: KeptCeremony): Told {
  const since = toTheMinute(lines[0]!.entry.time)
  const { type } = lines.at(-1)!.entry
  const step = nextStep({ script: parseScript(script), lines })
  const where = type === 'paused' ? 'stands still before' : 'is at'
  return {
    message: `the ceremony ${name} is open since ${since}, and ${where} step ${step}`,
    hint: to('to go on with it', keyrite('ceremony', 'resume', name)),
  }
}
