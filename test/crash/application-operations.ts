// The changes that reach tokens of applications, and what was lost of the partition's own: where they begin, and what is typed.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { History } from '../../src/domain/history.ts'
import { testModule } from '../support/module.ts'
import { folderOfToken } from '../support/softhsm.ts'
import { isLeftEmpty, pinIsInFile } from './application-oracle.ts'
import { backUp, keys } from './beginnings.ts'
import { again, type Operation, on, sampled, states } from './operation.ts'
import { pinsFor, pinsOfApplication } from './pins.ts'
import type { Place } from './place.ts'
import { Prepared, type Step } from './prepared.ts'
import { lookAsUser, openAs, type TokenObject, tokenSerials } from './token.ts'

const WHY = ['--reason', 'a test']
const BOTH = ['kept', 'old']

const init = (name: string) => (place: Place) =>
  place.changing('app', 'init', name, '--module', testModule(), '--pin-out', join(place.out, `${name}.pin`))
const deliver = (place: Place) => place.changing('key', 'deliver', ...BOTH, '--app', 'till')
const publish = (place: Place) => place.changing('key', 'publish', ...BOTH)
const promote = (place: Place) => place.changing('key', 'promote', ...BOTH)
const withdraw = (place: Place) => place.changing('key', 'withdraw', 'kept', '--app', 'till')
const sync = (place: Place) => place.changing('app', 'sync', 'till')
const check = (place: Place) => place.changing('app', 'check', 'till')
const renew = (place: Place) =>
  place.changing('app', 'pin', 'till', '--new', '--pin-out', join(place.out, 'till-2.pin'))
const sameAgain = (place: Place) => place.changing('app', 'pin', 'till', '--pin-out', join(place.out, 'till-1.pin'))
const replaceBy = (file: string) => (place: Place) => [
  ...['app', 'replace', 'till', '--module', testModule(), '--pin-out', join(place.out, file)],
  ...place.changing('--confirm', 'till'),
]
const retire = (place: Place) => place.changing('app', 'retire', 'till', '--confirm', 'till')
const adopt = (place: Place) => [
  ...['app', 'adopt', 'batch', '--module', testModule(), '--given-pin', '--user-pin-file', join(place.out, 'user')],
  ...place.changing(),
]
const destroyLeaving = (place: Place) => [
  ...['key', 'destroy', 'old#1', '--confirm', 'old#1', '--leave-copies', ...WHY],
  ...place.changing('--certificate', join(place.out, 'certificate')),
]
const suspend = (place: Place) => place.changing('key', 'suspend', 'kept', ...WHY)
const compromise = (place: Place) => place.changing('key', 'compromise', 'old', ...WHY)
const restoreKey = (place: Place) => [
  ...['key', 'restore', 'old#1', '--in', join(place.out, 'backup')],
  ...place.approvedBy('all'),
]

const withTill = (place: Place): Step[] => [...keys(place), backUp(place), init('till')(place)]
const delivered = (place: Place): Step[] => [...withTill(place), deliver(place)]
const published = (place: Place): Step[] => [
  ...delivered(place),
  publish(place),
  ['backup', 'create', join(place.out, 'backup-2'), ...place.approvedBy('all')],
]

const historyOf = (place: Place): History => place.history!

/** By whoever has the user PIN of the partition's token, or of the application's. */
async function destroyObjects(place: Place, of: 'partition' | 'till', fits: (object: TokenObject) => boolean) {
  const history = historyOf(place)
  const app = history.applications.named('till')!
  const { token } = of === 'till' ? app : history
  const { user } = await (of === 'till' ? pinsOfApplication(place, history, app) : pinsFor(place, history))
  lookAsUser(place.folder, token.serial, user, (objects) => {
    for (const object of objects.filter(fits)) object.destroy()
  })
}

const tillFolder = (place: Place): string =>
  folderOfToken(place.folder, historyOf(place).applications.named('till')!.token.serial)

/** One copy was destroyed by the application, one half of a pair too; and something of the partition's came back. */
const damaged = (place: Place): Step[] => [
  ...delivered(place),
  () => destroyObjects(place, 'till', ({ label, class: kind }) => label === 'kept' || kind === 'private'),
]

const dead = (place: Place): Step[] => [...delivered(place), () => rmSync(tillFolder(place), { recursive: true })]

const lost = (place: Place): Step[] => [
  ...keys(place),
  backUp(place),
  async () => {
    const { id } = historyOf(place).key('old', 1)!
    const { user } = await pinsFor(place, historyOf(place))
    lookAsUser(place.folder, historyOf(place).token.serial, user, (objects) => {
      for (const object of objects.filter((one) => one.id === id)) object.destroy()
    })
  },
]

/** A token of somebody else's, whose user PIN is in a file. */
const foreign = (place: Place): Step[] => [
  ...keys(place),
  () => {
    const args = ['--init-token', '--free', '--label', 'batch', '--so-pin', 'their-so-pin', '--pin', 'their-user']
    execFileSync('softhsm2-util', args, { env: { ...process.env, ...place.folder.env }, stdio: 'pipe' })
    writeFileSync(join(place.out, 'user'), 'their-user', { mode: 0o600 })
  },
]

const lostStill: Operation['afterwards'] = async (place) => {
  const { code } = await place.keyrite(place.changing('partition', 'check'))
  return code === 0 ? undefined : restoreKey(place)
}

const deadStill: Operation['afterwards'] = async (place) => {
  const { serial } = historyOf(place).applications.named('till')!.token
  return tokenSerials(place.folder).includes(serial) ? undefined : replaceBy('newer.pin')(place)
}

/** As it was. */
const isTheirs = (place: Place, serial: string): void => openAs(place.folder, serial, 'user', 'their-user')

const withBareTill = new Prepared(withTill)
const withCopies = new Prepared(delivered)
/** The key may go, and its copies are still wished. */
const withResting = new Prepared((place) => [...delivered(place), place.changing('key', 'deactivate', 'old', ...WHY)])
const withPublished = new Prepared(published)

const pinOf =
  (name: string, generation: number): Operation['check'] =>
  (history, place) =>
    pinIsInFile(place, history, name, generation)

/** Both took over, or none did. */
const promoted: Operation['check'] = (history) => {
  const told = BOTH.flatMap((name) => [1, 2].map((version) => history.key(name, version)!))
  const words = new Set(
    told.map(({ version, state, published: waits }) => `${version} ${state}${waits ? ' waits' : ''}`),
  )
  assert.ok(
    [...words].join() === '1 deactivated,2 active' || [...words].join() === '1 active,2 active waits',
    `versions: ${[...words]}`,
  )
}

const takesToken = (operation: Operation): Operation => ({ ...operation, unclaimed: isLeftEmpty })

const initialising = takesToken(
  on(new Prepared((place) => [...keys(place), backUp(place)]), 'app-init', init('web'), pinOf('web', 1)),
)
const delivering = on(withBareTill, 'deliver', deliver)
const promoting = on(withPublished, 'promote', promote, promoted)
const replacing = takesToken({ ...on(new Prepared(dead), 'app-replace', replaceBy('new.pin')), afterwards: deadStill })
const ending = on(withCopies, 'app-retire', retire)

const recover = (place: Place): string[] => place.recover()

const cutOff = again('deliver-away', delivering, /^C_UnwrapKey/, recover)

/** The recovery goes through while the application's token is away. */
const away: Operation = {
  ...cutOff,
  async prepare(turn) {
    const place = await cutOff.prepare(turn)
    renameSync(tillFolder(place), join(place.folder.dir, 'away'))
    return place
  },
  back: (place) => renameSync(join(place.folder.dir, 'away'), join(place.tokens, 'back')),
}

export const APPLICATION_OPERATIONS: readonly Operation[] = [
  initialising,
  sampled(again('app-init-recover', initialising, /^C_InitPIN/, recover)),
  delivering,
  again('deliver-recover', delivering, /^C_UnwrapKey/, recover),
  sampled(away),
  on(withCopies, 'publish', publish),
  promoting,
  again('promote-recover', promoting, /^C_UnwrapKey/, recover),
  on(withCopies, 'withdraw', withdraw),
  on(new Prepared(damaged), 'app-sync', sync),
  sampled(on(withCopies, 'app-check', check)),
  on(withCopies, 'app-pin', renew, pinOf('till', 2)),
  sampled(on(withCopies, 'app-pin-again', sameAgain)),
  replacing,
  sampled(again('app-replace-recover', replacing, /^C_UnwrapKey/, recover)),
  ending,
  sampled(again('app-retire-recover', ending, /^C_InitToken/, recover)),
  sampled({ ...on(new Prepared(foreign), 'app-adopt', adopt), unclaimed: isTheirs }),
  on(withCopies, 'suspend-copies', suspend, states('kept', 1, 'active', 'suspended')),
  sampled(on(withCopies, 'compromise-copies', compromise, states('old', 1, 'active', 'compromised'))),
  sampled(on(withResting, 'destroy-leaving', destroyLeaving, states('old', 1, 'deactivated', 'destroyed'))),
  { ...on(new Prepared(lost), 'key-restore', restoreKey), afterwards: lostStill },
]
