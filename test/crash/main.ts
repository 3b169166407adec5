// Every crash of every operation, or of those whose title holds all the words given: `npm run test:crash -- init both`. See crash.mjs.
import { parseArgs } from 'node:util'
import { isWorker, share, work } from './crew.ts'
import { type Row, SUBJECTS } from './rows.ts'

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

async function chosen({ words, every, from, ...choice }: ReturnType<typeof argumentsOf>): Promise<Row[]> {
  // Counting takes a run of the program: operations that no word can mean are left out first.
  const subjects = SUBJECTS.filter((names) => names.some((name) => mayMean(words, name))).map(([name]) => name!)
  const counted = new Map<string, Row[]>()
  await share(
    subjects.map((subject) => ({ subject, choice })),
    ({ subject }, { rows, failure }) => {
      if (!rows) throw new Error(`${subject} can't be counted: ${failure}`)
      counted.set(subject, rows)
    },
  )
  const meant = (subject: string) =>
    counted.get(subject)!.filter(({ title }) => words.every((word) => title.includes(word)))
  return shuffled(subjects.flatMap((subject) => meant(subject).filter((_, i) => i % every === (from - 1) % every)))
}

/** A run that is ended early has seen something of everything. */
const shuffled = <T>(all: readonly T[]): T[] =>
  Array.from({ length: STRIDE }, (_, first) => all.filter((_, i) => i % STRIDE === first)).flat()

const mayMean = (words: readonly string[], name: string): boolean => {
  const named = words.filter((word) => SUBJECTS.flat().some((one) => one.includes(word)))
  return named.length === 0 || named.some((word) => name.includes(word))
}

/** How many of each manner passed, and failed. */
type Counts = Map<string, { passed: number; failed: number }>

async function runAll(rows: readonly Row[]): Promise<Counts> {
  const counts: Counts = new Map()
  const tasks = rows.map((row, turn) => ({ row, turn }))
  await share(tasks, ({ row, turn }, { failure }) => {
    const count = counts.get(row.manner) ?? { passed: 0, failed: 0 }
    counts.set(row.manner, count)
    if (failure === undefined) count.passed++
    else {
      count.failed++
      say(`not ok  ${row.title}\n${failure.replace(/^/gm, '    ')}`)
    }
    if ((turn + 1) % 50 === 0) say(`${turn + 1} of ${rows.length}: ${row.title}`)
  })
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

async function goThrough(): Promise<void> {
  const asked = argumentsOf(process.argv.slice(2))
  const rows = await chosen(asked)
  if (rows.length === 0) say('no crash has these words in its title')
  if (asked.list) for (const { title } of rows) say(title)
  else process.exitCode = tell(await runAll(rows)) ? 0 : 1
}

if (isWorker()) work()
else await goThrough()
