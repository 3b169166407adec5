// Whole ceremonies: `npm run test:ceremonies`, or `-- root-ca` for the trials whose name holds one of the words.
import { test } from 'node:test'
import { full, homeless, pulled } from './media.ts'
import { tryMutants } from './mutants.ts'
import { OTHERS } from './others.ts'
import { goThrough, TRIALS } from './templates.ts'

const words = process.argv.slice(2)

const all: readonly (readonly [name: string, trial: () => Promise<void>])[] = [
  ...TRIALS.map((trial) => [`template ${trial.template}`, () => goThrough(trial)] as const),
  ...OTHERS.map((trial) => [`ceremony ${trial.title}`, () => goThrough(trial)] as const),
  ['medium that is pulled', pulled],
  ['medium that is full, and another', full],
  ['medium with the home on it', homeless],
  ...TRIALS.map((trial) => [`lint ${trial.template}`, () => tryMutants(trial)] as const),
]

const chosen = all.filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)))
if (chosen.length === 0) throw new Error(`no trial is called so; there are: ${all.map(([name]) => name).join(', ')}`)
for (const [name, trial] of chosen) test(name, trial)
