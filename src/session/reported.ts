// A report made of a ledger of which every rule and signature was held, and one that somebody has, made again and compared.
import type { Context, Globals } from '../cli/context.ts'
import type { ReportFormat, SourceOptions } from '../cli/options.ts'
import { isStrict } from '../domain/canonical.ts'
import { LATEST } from '../domain/clock.ts'
import { KeyriteError, notVerified, refused, usage } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import { formOf, writtenAs } from '../views/reports/forms.ts'
import { makeReport } from '../views/reports/make.ts'
import { isOf } from '../views/reports/rows.ts'
import { type Asked, askedIn, digestOf, type Report } from '../views/reports/shape.ts'
import { ToldOf } from '../views/reports/told.ts'
import { openSource } from './ledger-source.ts'

/** Without a time it is as of now. */
type Wanted = Omit<Asked, 'asOf'> & { asOf?: string | undefined }

/** `later`: how many records have the very time that it is of, and came after it. */
interface Made {
  report: Report
  later: number
}

/** KEY-EXISTS. */
export function reportOf(asked: Wanted, options: SourceOptions, globals: Globals, context: Context): Made {
  const made = madeOf(asked, options, globals, context)
  if (made instanceof KeyriteError) throw made
  return made
}

/** The report, or why this ledger gives none such. */
function madeOf(
  { asOf, through, ...asked }: Wanted,
  options: SourceOptions,
  globals: Globals,
  context: Context,
): Made | KeyriteError {
  const told = new ToldOf(asOf ?? LATEST, through)
  const { history } = openSource(options, globals, context, { each: (found) => told.take(found) })
  const now = context.sources.clock().toISOString()
  const present = history.time > now ? history.time : now
  const at = asOf ?? present
  const { key } = asked
  if (told.tree.size === 0) return usage(`the partition began at ${history.created}: of ${at} it tells nothing`)
  if (key !== undefined && ![...told.history.keys].some(isOf(key)))
    return refused('KEY-EXISTS', `no key was called ${key} at that time`, keyrite('key', 'list'))
  const last = through ?? (asOf === undefined && told.history.time === at ? told.history.seq : undefined)
  if (last !== undefined && (told.history.seq < last || told.leftOut.before > 0))
    return usage(`record ${last} is not the last one of before ${at}, or one of that very time`)
  const whole = { ...asked, asOf: at, ...(last === undefined ? {} : { through: last }) }
  const report = makeReport(whole, told, `keyrite ${context.program.version}`)
  return { report, later: told.leftOut.same }
}

/** For whom that time is to come. */
export const isToCome = (time: string): string =>
  `by the clock of this machine ${time} is to come: records may follow that the report lacks`

interface VerifiedReport extends Made {
  form: ReportFormat
}

/** REPORT-FILE, REPORT-DIFFERS: the file is what this program makes of this ledger. */
export function verifyReport(file: string, options: SourceOptions, globals: Globals, context: Context): VerifiedReport {
  const text = context.ledgers.readText(file)
  const form = formOf(text)
  const asked = askedIn(text)
  if (!asked)
    throw notVerified(
      'REPORT-FILE',
      `${file} does not say which command made it: it is no report`,
      to('what it is', keyrite('inspect', file)),
    )
  const made = madeOf(asked, options, globals, context)
  if (made instanceof KeyriteError)
    throw notVerified('REPORT-DIFFERS', `${file} is not what this ledger gives: ${made.message}`)
  const again = writtenAs(made.report, form)
  if (text !== again) throw differs(file, text, again, made.report, options)
  return { form, ...made }
}

function differs(file: string, text: string, again: string, report: Report, { ledger }: SourceOptions) {
  const copy = ledger === undefined ? [] : ['--ledger', ledger]
  const by = /keyrite \d+\.\d+\.[\w.+-]+/.exec(text)?.[0] ?? report.program
  const hint =
    by === report.program
      ? to('what the ledger gives', keyrite(...report.command.split(' ').slice(1), ...copy))
      : `it was made by ${by}, and this is ${report.program}: that one may word it otherwise`
  const message = `${file} is not what this ledger gives: ${differenceIn(text, again)}`
  return notVerified('REPORT-DIFFERS', message, hint)
}

/** The first member of the JSON that differs, or the first line. */
function differenceIn(text: string, again: string): string {
  const one = formOf(text) === 'json' ? parsed(text) : undefined
  if (!one || !isStrict(one)) return lineOf(text, again)
  const other = parsed(again)!
  if (one.digest !== digestOf(one)) return 'its data digest is not of its data, which was changed since'
  const name = Object.keys({ ...other, ...one }).find((member) => {
    const [a, b] = [one, other].map((report) => JSON.stringify(report[member as keyof Report]))
    return member !== 'digest' && a !== b
  })
  return name === undefined ? 'it is written in another way' : `${name} differs`
}

function lineOf(text: string, again: string): string {
  const [lines, others] = [text.split('\n'), again.split('\n')]
  return `line ${lines.findIndex((line, i) => line !== others[i]) + 1 || lines.length + 1} differs`
}

function parsed(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report
  } catch {
    return undefined
  }
}
