// The people of a ceremony at its terminal: whatever it asks is answered, as its script and the day have it.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Terminal } from './terminal.ts'

export const PASSPHRASE = (custodian: string): string => `${custodian} likes tea`
/** What the clock on the wall says. */
export const wallTime = (): string => new Date().toISOString().slice(11, 19)

export interface Day {
  /** Folders in which shares lie, the newest last. */
  shares: readonly string[]
  photo: string
  /** Two who stay at a break. */
  stay: string
  /** Whose share was presented, one after the other, from the first on for each command. */
  custodians: readonly string[]
  /** At the question of this step an exception is told, and the step is taken all the same. */
  exception?: string
  /** At the question of this step the program is left for a break, and ends. */
  breakAt?: string
  /** At the question of this step the terminal is gone. */
  hangUpAt?: string
  /** Where this step asks for a share the program gets SIGKILL. */
  killAt?: string
  /** Done before Enter is pressed at the question of a step: one for each time that it is asked. */
  before?: Readonly<Record<string, (() => void)[]>>
  /** The same where it asks for a share. */
  atShare?: Readonly<Record<string, (() => void)[]>>
  /** Of a token that is taken over. */
  pins?: { readonly so: string; readonly user: string } | undefined
  /** What is written down, by blank. */
  values?: Readonly<Record<string, string>>
}

/** So many questions no step has: it does not come to its end, and whoever asks on would be answered for ever. */
const MANY = 40

type Answer = string | ((found: RegExpExecArray) => string)

/** The file of this custodian's newest share. */
export function shareOf(custodian: string, folders: readonly string[]): string {
  const found = folders.flatMap((folder) => {
    try {
      return readdirSync(folder)
        .filter((name) => name.startsWith(`${custodian}.`) && name.includes('.share.'))
        .sort()
        .map((name) => join(folder, name))
    } catch {
      return []
    }
  })
  const last = found.at(-1)
  if (last === undefined) throw new Error(`no share of ${custodian} in ${folders.join(', ')}`)
  return last
}

const written = (blank: string, { values = {} }: Day): string => values[blank] ?? 'AB12345'

const answers = (day: Day): readonly (readonly [question: RegExp, answer: Answer])[] => [
  [/\(y or n\):\s*$/, 'y'],
  [/in UTC \(HH:MM:SS\):\s*$/, () => wallTime()],
  [/\n *((?:request|bag|change)[\w-]*):\s*$/, ([, blank]) => written(blank!, day)],
  [/number of the bag ([\w-]+), [^\n]*:\s*$/, ([, blank]) => written(blank!, day)],
  [/who stays, 2 at least[^\n]*:\s*$/, day.stay],
  [/(\w[\w-]*), press enter when you are alone at the screen:\s*$/, ''],
  [/passphrase for (\w[\w-]*):\s*$/, ([, who]) => PASSPHRASE(who!)],
  [/(\w[\w-]*), your passphrase again:\s*$/, ([, who]) => PASSPHRASE(who!)],
  [/passphrase (?:of|for) \S*?(\w[\w-]*)\.(?:\w+\.)*share\S*:\s*$/, ([, who]) => PASSPHRASE(who!)],
  [/type (\S+) to\s+go\s+on:\s*$/, ([, name]) => name!],
  [/present\s+(user|SO)\s+PIN\s+of[^:]*:\s*$/, ([, role]) => day.pins![role === 'SO' ? 'so' : 'user']],
  [/the file:\s*$/, day.photo],
  [/Enter: [^\n]*$/, ''],
]

/** Until the program has ended, or the break. */
export async function answerAll(terminal: Terminal, day: Day): Promise<void> {
  let presented = 0
  let last = ''
  let step = ''
  let told = false
  let again = ''
  let answered = -1
  const asked = new Map<string, number>()
  for (;;) {
    const [shown] = await terminal.waitFor(/[^\n]*(?::|why|then)\s*$/, 240_000).catch((error) => {
      if (/the program ended/.test(`${error}`)) return ['']
      throw error
    })
    if (shown === '') return
    // A question is drawn more than once while it is answered.
    const row = terminal.screen().split('\n').length
    if (row === answered) continue
    step = [...terminal.screen().matchAll(/^step (\S+) {3}/gm)].at(-1)?.[1] ?? step
    const text = terminal.screen().slice(-400)
    const isStep = /Enter: [^\n]*$/.test(text)
    if (isStep) presented = 0
    if (isStep) day.before?.[step]?.shift()?.()
    if (isStep && step === day.hangUpAt) return terminal.close()
    else if (isStep && step === day.breakAt) terminal.type('p\r')
    else if (isStep && step === day.exception && !told) {
      told = true
      terminal.type('e\r')
    } else if (/what is not as the script has it:\s*$/.test(text)) terminal.type('the lamp flickers\r')
    else if (/same\s+once\s+more:\s*$/.test(text)) terminal.type(`${again}\r`)
    else if (/your\s+share\s+file,\s+or\s+your\s+share:\s*$/.test(text)) {
      if (step === day.killAt) return void process.kill(terminal.pid, 'SIGKILL')
      day.atShare?.[step]?.shift()?.()
      // Of a replacement the new set has approved by reading its shares back.
      const old = /old set \d of \d[^\n]*[\s\S]{0,60}share:\s*$/.test(text)
      const who = day.custodians[presented++ % day.custodians.length]!
      last = who
      terminal.type(`${shareOf(who, old ? day.shares.slice(0, 1) : day.shares)}\r`)
    } else {
      const found = answers(day)
        .map(([question, answer]) => ({ match: question.exec(text), answer }))
        .find(({ match }) => match !== null)
      if (!found) {
        if (!/passphrase[^\n]*:\s*$/.test(text)) continue
        terminal.type(`${PASSPHRASE(last)}\r`)
        answered = row
        continue
      }
      again = typeof found.answer === 'string' ? found.answer : found.answer(found.match!)
      terminal.type(`${again}\r`)
    }
    answered = row
    asked.set(step, (asked.get(step) ?? 0) + 1)
    if (asked.get(step)! > MANY)
      throw new Error(`step ${step} does not come to its end:\n${terminal.screen().slice(-3000)}`)
  }
}

/** A site file with names, a place and keys that are no example's. */
export const filledIn = (site: string): string =>
  site
    .replaceAll('Name of ', 'Mx ')
    .replace('"the room"', '"Vault 2"')
    .replaceAll(/A{43}( replace-me)?"/g, `${'A'.repeat(42)}B"`)
