// A sample of the crashes: most operations once, at steps that are always the same and as different as can be. All of them: npm run test:crash.
import { describe, test } from 'node:test'
import { type Crash, crashesOf, survive, titleOf } from './crash.ts'
import { OPERATIONS } from './operations.ts'

const skip = process.platform === 'linux' ? false : 'LD_PRELOAD is of linux'

/** They take as long again, and differ little from the others. */
const LEFT_OUT = new Set([
  'init-two-groups',
  'init-again',
  'generate-aes',
  'generate-pair',
  'checkpoint',
  'rotate-recover',
  'suspend',
  'destroy-recover',
  'destroy-two-groups',
  'restore-again',
  'verify-recover',
])

const MANNERS = [' both ', ' main ', ' disk-full ', ' host ']

/** Steps by the golden ratio spread evenly, however many there are. */
function pick(crashes: readonly Crash[], turn: number): Crash {
  const some = crashes.filter((crash) => titleOf(crash).includes(MANNERS[turn % MANNERS.length]!))
  return some[Math.floor(((turn * 0.618) % 1) * some.length)]!
}

describe('a crash is recovered from, and nothing is lost', { skip, concurrency: 2 }, () => {
  for (const [turn, operation] of OPERATIONS.filter(({ name }) => !LEFT_OUT.has(name)).entries()) {
    test(operation.name, async (t) => {
      const crash = pick(await crashesOf(operation), turn)
      t.diagnostic(titleOf(crash))
      await survive(crash, turn)
    })
  }
})
