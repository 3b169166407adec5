// The people of a ceremony at its terminal: whatever it asks is answered, as its script and the day have it.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Terminal } from '../support/terminal.ts'

export const PASSPHRASE = (custodian: string): string => `${custodian} likes tea`
const wallTime = (): string => new Date().toISOString().slice(11, 19)

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
  /** Instead of the usual answer to a question. */
  instead?: (question: string, shown: string) => string | undefined
}

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

const answers = (day: Day): readonly (readonly [question: RegExp, answer: Answer])[] => [
  [/\(y or n\): *$/, 'y'],
  [/in UTC \(HH:MM:SS\): *$/, () => wallTime()],
  [/\n *request-sha256: *$/, 'a'.repeat(64)],
  [/\n *(?:bag|change)[\w-]*: *$/, 'AB12345'],
  [/number of the bag [\w-]+, [^\n]*: *$/, 'AB12345'],
  [/who stays, 2 at least[^\n]*: *$/, day.stay],
  [/(\w[\w-]*), press enter when you are alone at the screen: *$/, ''],
  [/passphrase for (\w[\w-]*): *$/, ([, who]) => PASSPHRASE(who!)],
  [/(\w[\w-]*), your passphrase again: *$/, ([, who]) => PASSPHRASE(who!)],
  [/passphrase (?:of|for) \S*?(\w[\w-]*)\.(?:\w+\.)*share\S*: *$/, ([, who]) => PASSPHRASE(who!)],
  [/type (\S+) to\s+go\s+on: *$/, ([, name]) => name!],
  [/the file: *$/, day.photo],
  [/Enter: [^\n]*$/, ''],
]

/** Until the program has ended, or the break. */
export async function answerAll(terminal: Terminal, day: Day): Promise<void> {
  let presented = 0
  let last = ''
  let step = ''
  let told = false
  let again = ''
  for (;;) {
    const [shown] = await terminal.waitFor(/[^\n]*(?::|why|then) *$/, 60_000).catch((error) => {
      if (/the program ended/.test(`${error}`)) return ['']
      throw error
    })
    if (shown === '') return
    step = [...terminal.screen().matchAll(/^step (\S+) {3}/gm)].at(-1)?.[1] ?? step
    const text = terminal.screen().slice(-400)
    const isStep = /Enter: [^\n]*$/.test(text)
    if (isStep) presented = 0
    const other = day.instead?.(shown, terminal.screen())
    if (other !== undefined) terminal.type(`${other}\r`)
    else if (isStep && step === day.hangUpAt) return terminal.close()
    else if (isStep && step === day.breakAt) terminal.type('p\r')
    else if (isStep && step === day.exception && !told) {
      told = true
      terminal.type('e\r')
    } else if (/what is not as the script has it: *$/.test(text)) terminal.type('the lamp flickers\r')
    else if (/same\s+once\s+more: *$/.test(text)) terminal.type(`${again}\r`)
    else if (/your\s+share\s+file,\s+or\s+your\s+share: *$/.test(text)) {
      const who = day.custodians[presented++ % day.custodians.length]!
      last = who
      terminal.type(`${shareOf(who, day.shares)}\r`)
    } else {
      const found = answers(day)
        .map(([question, answer]) => ({ match: question.exec(text), answer }))
        .find(({ match }) => match !== null)
      if (!found) {
        if (/passphrase[^\n]*: *$/.test(text)) terminal.type(`${PASSPHRASE(last)}\r`)
        continue
      }
      again = typeof found.answer === 'string' ? found.answer : found.answer(found.match!)
      terminal.type(`${again}\r`)
    }
  }
}
