// Periods as ISO 8601 writes them (P1Y, P18M, P2W, P92D), added by the calendar of UTC.
import { toTime } from './names.ts'

const PERIOD = /^P(?:(\d{1,4})W|(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?)$/

/** Years, months and days, or weeks alone; not nothing. */
export const isPeriod = (text: string): boolean => PERIOD.test(text) && /[1-9]/.test(text)

function partsOf(period: string): { months: number; days: number } {
  const [weeks = 0, years = 0, months = 0, days = 0] = (PERIOD.exec(period)?.slice(1) ?? []).map((part = '0') =>
    Number(part),
  )
  return { months: years * 12 + months, days: weeks * 7 + days }
}

/** A month that lacks the day ends with its last one: a month after the 31st of January is the 28th of February, or the 29th. Days come last. */
function moved(time: string, { months, days }: { months: number; days: number }): string {
  const from = new Date(time)
  const month = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0))
  const day = Math.min(from.getUTCDate(), month.getUTCDate())
  const date = Date.UTC(month.getUTCFullYear(), month.getUTCMonth(), day + days)
  return toTime(new Date(date + (Date.parse(time) % 86_400_000)))
}

export const after = (time: string, period: string): string => moved(time, partsOf(period))

export function before(time: string, period: string): string {
  const { months, days } = partsOf(period)
  return moved(time, { months: -months, days: -days })
}
