// Every crash of every operation, or of those whose title holds all the words given: `npm run test:crash -- init both`. See crash.mjs.
import { parseArgs } from 'node:util'
import { ceremonyCrashes, mannerOfCeremony, surviveCeremony, titleOfCeremony } from './ceremonies.ts'
import { crashesOf, mannerOf, survive, titleOf } from './crash.ts'
import { OPERATIONS } from './operations.ts'

const WORKERS = 2
const STRIDE = 29
const FLAG = { type: 'boolean', default: false } as const

function argumentsOf(args: string[]) {
  const options = {
    every: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    all: FLAG,
    list: FLAG,
    faults: FLAG,
  } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const { every, from, ...flags } = values
  return { words: positionals, every: Number(every), from: Number(from), ...flags }
}

const say = (text: string) => process.stdout.write(`${text}\n`)

/** A row: what is crashed, how, and what has to come of it. */
interface Row {
  title: string
  manner: string
  survive(turn: number): Promise<void>
}

const CEREMONIES = ['ceremony-run', 'ceremony-rehearse', 'ceremony-sign', 'ceremony-record']

async function chosen({ words, every, from, ...choice }: ReturnType<typeof argumentsOf>): Promise<Row[]> {
  const all: Row[] = []
  const take = (rows: readonly Row[]) => {
    const meant = rows.filter(({ title }) => words.every((word) => title.includes(word)))
    all.push(...meant.filter((_, i) => i % every === (from - 1) % every))
  }
  for (const operation of OPERATIONS) {
    // Counting takes a run of the program: operations that no word can mean are left out first.
    if (!mayMean(words, operation.name)) continue
    const some = await crashesOf(operation, choice)
    take(
      some.map((crash) => ({
        title: titleOf(crash),
        manner: mannerOf(crash.strike),
        survive: (turn) => survive(crash, turn),
      })),
    )
  }
  if (CEREMONIES.some((name) => mayMean(words, name)))
    take(
      (await ceremonyCrashes(choice)).map((crash) => ({
        title: titleOfCeremony(crash),
        manner: mannerOfCeremony(crash),
        survive: () => surviveCeremony(crash),
      })),
    )
  return shuffled(all)
}

/** A run that is ended early has seen something of everything. */
const shuffled = <T>(all: readonly T[]): T[] =>
  Array.from({ length: STRIDE }, (_, first) => all.filter((_, i) => i % STRIDE === first)).flat()

const mayMean = (words: readonly string[], name: string): boolean => {
  const names = [...OPERATIONS.map((operation) => operation.name), ...CEREMONIES]
  const named = words.filter((word) => names.some((one) => one.includes(word)))
  return named.length === 0 || named.some((word) => name.includes(word))
}

/** How many of each manner passed, and failed. */
type Counts = Map<string, { passed: number; failed: number }>

async function runAll(crashes: readonly Row[]): Promise<Counts> {
  let next = 0
  const counts: Counts = new Map()
  const work = async () => {
    while (next < crashes.length) {
      const turn = next++
      const crash = crashes[turn]!
      const count = counts.get(crash.manner) ?? { passed: 0, failed: 0 }
      counts.set(crash.manner, count)
      try {
        await crash.survive(turn)
        count.passed++
      } catch (error) {
        count.failed++
        say(`not ok  ${crash.title}\n${(error as Error).message.replace(/^/gm, '    ')}`)
      }
      if ((turn + 1) % 50 === 0) say(`${turn + 1} of ${crashes.length}: ${crash.title}`)
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  return counts
}

function tell(counts: Counts): boolean {
  const inWords = (name: string, { passed, failed }: { passed: number; failed: number }) =>
    `${name.padEnd(24)} ${passed} passed, ${failed} failed`
  for (const [manner, count] of [...counts].sort()) say(inWords(manner, count))
  const sum = (what: 'passed' | 'failed') => [...counts.values()].reduce((all, count) => all + count[what], 0)
  say(inWords('in all', { passed: sum('passed'), failed: sum('failed') }))
  return sum('failed') === 0 && sum('passed') > 0
}

const asked = argumentsOf(process.argv.slice(2))
const crashes = await chosen(asked)
if (crashes.length === 0) say('no crash has these words in its title')
if (asked.list) for (const crash of crashes) say(crash.title)
else process.exitCode = tell(await runAll(crashes)) ? 0 : 1
