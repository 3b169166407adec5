// Every crash of every operation, or of those whose title holds all the words given: `npm run test:crash -- init both`. See crash.mjs.
import { parseArgs } from 'node:util'
import { type Crash, crashesOf, mannerOf, survive, titleOf } from './crash.ts'
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

async function chosen({ words, every, from, ...choice }: ReturnType<typeof argumentsOf>): Promise<Crash[]> {
  const all: Crash[] = []
  for (const operation of OPERATIONS) {
    // Counting takes a run of the program: operations that no word can mean are left out first.
    if (!mayMean(words, operation.name)) continue
    const some = await crashesOf(operation, choice)
    const meant = some.filter((crash) => words.every((word) => titleOf(crash).includes(word)))
    all.push(...meant.filter((_, i) => i % every === (from - 1) % every))
  }
  return shuffled(all)
}

/** A run that is ended early has seen something of everything. */
const shuffled = <T>(all: readonly T[]): T[] =>
  Array.from({ length: STRIDE }, (_, first) => all.filter((_, i) => i % STRIDE === first)).flat()

const mayMean = (words: readonly string[], name: string): boolean => {
  const named = words.filter((word) => OPERATIONS.some((operation) => operation.name.includes(word)))
  return named.length === 0 || named.some((word) => name.includes(word))
}

/** How many of each manner passed, and failed. */
type Counts = Map<string, { passed: number; failed: number }>

async function runAll(crashes: readonly Crash[]): Promise<Counts> {
  let next = 0
  const counts: Counts = new Map()
  const work = async () => {
    while (next < crashes.length) {
      const turn = next++
      const crash = crashes[turn]!
      const count = counts.get(mannerOf(crash.strike)) ?? { passed: 0, failed: 0 }
      counts.set(mannerOf(crash.strike), count)
      try {
        await survive(crash, turn)
        count.passed++
      } catch (error) {
        count.failed++
        say(`not ok  ${titleOf(crash)}\n${(error as Error).message.replace(/^/gm, '    ')}`)
      }
      if ((turn + 1) % 50 === 0) say(`${turn + 1} of ${crashes.length}: ${titleOf(crash)}`)
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
if (asked.list) for (const crash of crashes) say(titleOf(crash))
else process.exitCode = tell(await runAll(crashes)) ? 0 : 1
