// Ceremonies that no template has: a token with keys of somebody else is taken over, and applications come, are served and go.
import { FOREIGN_PINS } from '../../src/session/ceremony-foreign-token.ts'
import { step } from '../support/ceremony-place.ts'
import { makeForeign, SO_PIN, USER_PIN } from '../support/foreign-keys.ts'
import { blank, by, partition, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'
import type { Trial } from './templates.ts'

async function foreign(): Promise<TestPartition> {
  const place = blank()
  await makeForeign(place.folder)
  const { slots } = await place.data('token', 'list', '--module', softhsm)
  serial = slots.find((one: { token: { initialised: boolean } }) => one.token.initialised).token.serial
  return place
}
let serial = ''

const ADOPTION: Trial = {
  template: 'init',
  title: 'adopt',
  partition: 'pay',
  place: foreign,
  bend: (script) =>
    script
      .replace('"partition", "init"', '"partition", "adopt"')
      .replace('"--slot", "{site.slot}"', '"--token", "{site.token}"'),
  site: (text) => text.replace(/^slot = .*$/m, `token = "${serial}"`),
  pins: [{ so: SO_PIN, user: USER_PIN }, FOREIGN_PINS],
  exception: '2.1',
  breakAt: '3.1',
  keys: { 'payments/card-dek#1': 'active', 'tls#1': 'active' },
}

const asked = (id: string, run: string): string =>
  `${step(id, 'run', ['operator'], { act: 'Applications', run: run.split(' '), quorum: true })}\n\n`

const KEY = 'payments/card-dek'
const APPLICATIONS = [
  'app sync db',
  'app init web --module {site.module} --slot {site.app-slot} --pin-out {site.pin}',
  `key deliver ${KEY} --app web`,
  `key publish ${KEY}`,
  'backup create {site.backup-2}',
  `key promote ${KEY}`,
  'app check web',
  `key withdraw ${KEY} --app web`,
  'app retire web',
]

async function withApplication(): Promise<TestPartition> {
  const place = await partition()
  for (const name of [KEY, 'payments/other'])
    await place.data('key', 'generate', name, '--type', 'aes-256', ...by(place))
  await place.data('backup', 'create', place.path('first.backup'), ...by(place))
  const blankOne = ['--module', softhsm, '--slot', '1', '--pin-out', place.path('db.pin')]
  await place.data('app', 'init', 'db', ...blankOne, ...by(place))
  await place.data('key', 'deliver', KEY, '--app', 'db', '--accept', 'unbacked', ...by(place))
  return place
}

const SERVED: Trial = {
  template: 'destroy',
  title: 'applications',
  partition: 'pay',
  place: withApplication,
  bend: (script) =>
    script
      .replaceAll('payments/old-dek', 'payments/other')
      .replace('"payments/other#1" = "active"', `"payments/other#1" = "active"\n"${KEY}#1" = "active"`)
      .replace(
        /\[\[steps\]\]\nid = "4\.1"/,
        (end) => APPLICATIONS.map((run, i) => asked(`3.${i + 5}`, run)).join('') + end,
      ),
  site: (text, place) =>
    text.replace(
      '[values]',
      `module = "${softhsm}"\n[values]\napp-slot = "2"\npin = "${place.path('media/web.pin')}"\nbackup-2 = "${place.path('media/backup-2')}"`,
    ),
  exception: '3.6',
  breakAt: '3.8',
  keys: { [`${KEY}#1`]: 'deactivated', [`${KEY}#2`]: 'active' },
}

export const OTHERS: readonly Trial[] = [ADOPTION, SERVED]
