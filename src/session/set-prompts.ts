// What a new set of shares changes, asked at a terminal where no flag says it: who leaves, who joins, and how many must agree.
import { nextSet } from '../change/operations/stage-quorum.ts'
import { askFor } from '../cli/ask.ts'
import { wholeNumber } from '../cli/options.ts'
import type { SetOptions } from '../cli/set-options.ts'
import { usage } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { parseShortName } from '../domain/names.ts'
import { listed } from '../domain/words.ts'
import type { Terminal } from '../terminal/port.ts'

interface SetChange extends SetOptions {
  group: string
  accept: readonly string[]
  sharesDir: readonly string[]
  recipient: string[]
}

/** Whether a share may be lost is asked of the whole. */
const ANY: readonly string[] = ['no-spare']

/** Whoever has said where the files go has said all of it. */
const says = ({ remove, add, threshold, sharesDir }: SetChange): boolean =>
  sharesDir.length + remove.length + add.length > 0 || threshold !== undefined

/** Whoever is not here gets a share for a recipient of their own: nobody else types a passphrase for them. Gives `NAME=RECIPIENT` of each. */
async function askAbsent(
  people: readonly string[],
  { recipient }: SetChange,
  parse: (text: string) => unknown,
  terminal: Terminal,
): Promise<string[]> {
  const unsaid = people.filter((name) => !recipient.some((one) => one.startsWith(`${name}=`)))
  const whoever = (text: string): string[] => {
    const all = namesIn(text)
    const unknown = all.find((name) => !unsaid.includes(name))
    if (unknown !== undefined) throw usage(`${unknown} gets no share here: ${listed(unsaid)} do`)
    return all
  }
  const flag = add('--recipient', 'NAME=age1...')
  const given: string[] = []
  for (const name of await askFor('who is not here today (names, or enter for nobody):', flag, whoever, terminal))
    given.push(
      await askFor(`the age recipient of ${name}, age1...:`, flag, (text) => recipientFor(name, text), terminal),
    )
  return given

  function recipientFor(name: string, text: string): string {
    parse(text)
    return `${name}=${text}`
  }
}

/** ROSTER-...: each answer is held against the roster as it is given; nobody is there to be asked for what flags have said. `absent`: who is not there may get a share for a recipient, which this reads. */
export async function askSet<O extends SetChange>(
  given: O,
  history: History,
  terminal: Terminal,
  absent?: (text: string) => unknown,
): Promise<O> {
  const today = history.groups.find(({ name }) => name === given.group)
  if (!terminal.interactive || !today || says(given)) return given
  // Whether anything can be staged now; the rest is what is asked for.
  checked({ ...given, accept: ANY })
  const names = today.custodians.map(({ name }) => name)
  terminal.show([`  ${today.name} today: ${names.join(', ')}; ${today.threshold} of them must agree`])
  const remove = await askFor('who leaves (names, or enter for nobody):', add('--remove', 'NAME'), leaving, terminal)
  const joins = await askFor('who joins (names, or enter for nobody):', add('--add', 'NAME'), joining, terminal)
  const after = { ...given, remove, add: joins }
  const count = names.length - remove.length + joins.length
  const question = `how many of these ${count} must agree (a number, or enter for ${today.threshold}):`
  const wish = await askFor(
    question,
    add('--threshold', 'M'),
    (text) => checked({ ...after, ...thresholdIn(text) }),
    terminal,
  )
  if (!absent) return wish
  const people = [...names.filter((name) => !remove.includes(name)), ...joins]
  return { ...wish, recipient: [...wish.recipient, ...(await askAbsent(people, wish, absent, terminal))] }

  function leaving(text: string): string[] {
    const all = namesIn(text)
    const unknown = all.find((name) => !names.includes(name))
    // The rule that names whoever is no custodian.
    if (unknown !== undefined) nextSet({ ...given, remove: [unknown] }, history)
    return all
  }

  /** Enough people are left, whatever the threshold will be. */
  function joining(text: string): string[] {
    const all = namesIn(text)
    const least = Math.min(today!.threshold, names.length - remove.length + all.length)
    checked({ ...given, remove, add: all, threshold: Math.max(2, least), accept: ANY })
    return all
  }

  function checked<W extends SetChange>(wish: W): W {
    nextSet(wish, history)
    return wish
  }
}

const namesIn = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .map((name) => parseShortName('custodian', name))

const thresholdIn = (text: string): { threshold?: number } =>
  text === '' ? {} : { threshold: wholeNumber('the threshold', 2, 255)(text) }
