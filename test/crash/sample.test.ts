// A sample of the crashes and sicknesses: every third of most operations, at steps that are always the same and as different as can be.
// All of them: npm run test:faults.
import { describe, test } from 'node:test'
import { sample } from '../support/full.ts'
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
  'cert-issue',
  'key-export-several',
  'rotate-recover',
  'suspend',
  'destroy-two-groups',
  'restore-again',
  'renew',
  'verify-recover',
  'init-recover',
  'adopt-recover',
  'retire-recover',
  'generate-recover',
  'deactivate',
  'backup-test-recover',
  'station-add',
  'station-remove',
  'import-components-recover',
  'issue-components',
  'app-init',
  'app-init-recover',
  'deliver-recover',
  'deliver-away',
  'publish',
  'promote-recover',
  'withdraw',
  'app-check',
  'app-pin',
  'app-pin-again',
  'app-replace-recover',
  'app-retire',
  'app-retire-recover',
  'app-adopt',
  'suspend-copies',
  'compromise-copies',
  'key-restore',
  'member-add',
  'members-generate',
  'members-rotate',
  'members-rotate-recover',
  'members-destroy',
  'members-destroy-recover',
  'member-sync',
  'member-sync-again',
  'members-import',
  'members-import-request',
  'members-import-sent',
  'members-import-sent-recover',
  'members-import-cancel',
  'members-publish',
  'members-retire',
  'members-retire-recover',
  'manifest-apply-recover',
  // It asks no module.
  'confirm',
  'stage-again',
  'stage-recover',
  'unstage',
  'custodian-suspend',
  'custodian-resume',
])

const CRASHES = [' both ', ' power-loss ', ' disk-full ', ' host ', ' disk-error ', ' main ', ' disk-read-only ']
const SICKNESSES = [' liar ', ' removed ', ' hiccup ', ' broken ', ' spell ']

/** Steps by the golden ratio spread evenly, however many there are. */
function pick(crashes: readonly Crash[], manners: readonly string[], turn: number): Crash {
  const some = crashes.filter((crash) => titleOf(crash).includes(manners[turn % manners.length]!))
  return some[Math.floor(((turn * 0.618) % 1) * some.length)]!
}

describe('a crash is recovered from, and nothing is lost', { skip }, () => {
  const chosen = [...OPERATIONS.filter(({ name }) => !LEFT_OUT.has(name)).entries()]
  for (const [turn, operation] of sample(chosen, ([i]) => i % 3 === 0)) {
    for (const manners of sample([CRASHES, SICKNESSES], (_, i) => i === turn % 2))
      test(`${operation.name}${manners === SICKNESSES ? ', the module sick' : ''}`, async () => {
        const crash = pick(await crashesOf(operation, { faults: true }), manners, turn)
        await survive(crash, turn).catch((error) => {
          throw new Error(`${titleOf(crash)}\n${error.message}`)
        })
      })
  }
})
