// What a manifest wants of a partition on paper: a row for each rule, at its day.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judgedNow } from '../../src/change/judged-manifest.ts'

import { withApplication } from '../../src/docs/sample-applications.ts'
import { samplePartition } from '../../src/docs/sample-plans.ts'
import { parseManifest } from '../../src/domain/manifest.ts'

/** With the DEK at till, a suspended MAC key, a key at rest, and a pair that waits for its time; it is the 12th of June. */
const { history, now } = withApplication(samplePartition())

const DEK = 'payments/card-dek'

/** `policy` and `keys`: lines of TOML; the policy is called p. */
function judged(
  policy: string,
  keys: string,
  more: { by?: string; accepted?: string[]; without?: string[]; destroys?: boolean } = {},
) {
  const manifest = parseManifest(`format = "keyrite.manifest/1"\n[policies.p]\n${policy}\n${keys}`)
  return judgedNow({ manifest, destroys: false, accepted: [], without: [], ...more }, history, () => now)
}

const key = (name: string, ...members: string[]): string => `[keys."${name}"]\npolicy = "p"\n${members.join('\n')}\n`
const AES = 'type = "aes-256"'

interface Row {
  what: string
  policy: string
  keys: string
  more?: Parameters<typeof judged>[2]
  /** `publish x#2`, a place, and behind a dash why it waits. */
  due?: string[]
  told?: string[]
}

const rows: Row[] = [
  { what: 'a policy without periods wants nothing', policy: AES, keys: key(DEK) },
  {
    what: 'what is missing is made',
    policy: AES,
    keys: key('new', 'count = 2'),
    due: ['generate new-1#1', 'generate new-2#1'],
  },
  {
    what: 'what is new is delivered once a backup holds it',
    policy: AES,
    keys: key('new', 'deliver = ["till"]'),
    due: ['deliver new#1 at till - no backup holds it', 'generate new#1'],
  },
  {
    what: 'or at once, where that is accepted',
    policy: AES,
    keys: key('new', 'deliver = ["till"]'),
    more: { accepted: ['unbacked'] },
    due: ['deliver new#1 at till', 'generate new#1'],
  },
  {
    what: 'readers get the next version first',
    policy: `${AES}\nrotate-every = "P1M"`,
    keys: key(DEK),
    due: [`publish ${DEK}#2`],
  },
  {
    what: 'so long before',
    policy: `${AES}\nrotate-every = "P50D"\npublish-before = "P20D"`,
    keys: key(DEK),
    due: [`publish ${DEK}#2`],
  },
  { what: 'and not before that', policy: `${AES}\nrotate-every = "P50D"\npublish-before = "P5D"`, keys: key(DEK) },
  {
    what: 'but where the next ceremony would be late',
    policy: `${AES}\nrotate-every = "P50D"\npublish-before = "P5D"`,
    keys: key(DEK),
    more: { by: '2026-07-01T00:00:00.000Z' },
    due: [`publish ${DEK}#2`],
  },
  {
    what: 'but not ahead where the next version would be due by then as well: each time it would be done again',
    policy: `${AES}\nrotate-every = "P50D"\npublish-before = "P5D"`,
    keys: key(DEK),
    more: { by: '2026-08-02T00:00:00.000Z' },
    due: [`publish ${DEK}#2 - not before 2026-06-16: the next version would be due by 2026-08-02 as well`],
  },
  {
    what: 'a pair that nobody has is rotated in one step',
    policy: 'type = "ec-p256"\nrotate-every = "P1M"',
    keys: key('sign/statements'),
    due: ['rotate sign/statements#2'],
  },
  {
    what: 'an application that is not named loses it',
    policy: AES,
    keys: key(DEK, 'deliver = []'),
    due: [`withdraw ${DEK}#1 at till`],
  },
  {
    what: 'and does not get the next version',
    policy: `${AES}\nrotate-every = "P1M"`,
    keys: key(DEK, 'deliver = []'),
    due: [`publish ${DEK}#2`, `withdraw ${DEK}#1 at till`],
  },
  {
    what: 'it is used for less',
    policy: AES,
    keys: key(DEK, 'deliver = [{app = "till", usage = ["decrypt"]}]'),
    due: [`deliver ${DEK}#1 at till`],
  },
  {
    what: 'an application that nobody knows',
    policy: AES,
    keys: key(DEK, 'deliver = ["till", "kiosk"]'),
    told: ['kiosk: no application is called so'],
  },
  {
    what: 'another type',
    policy: 'type = "aes-128"',
    keys: key(DEK),
    told: [`${DEK}: it is of type aes-256, and the policy wants aes-128`],
  },
  {
    what: 'another use',
    policy: `${AES}\nusage = ["wrap", "unwrap"]`,
    keys: key(DEK),
    told: [`${DEK}: it is made for encrypt, decrypt, and the policy wants wrap, unwrap`],
  },
  {
    what: 'a backup that the policy does not want',
    policy: `${AES}\nbackup = false`,
    keys: key(DEK),
    told: [`${DEK}: it goes into backups, and the policy wants it to stay`],
  },
  {
    what: 'a key that is suspended',
    policy: 'type = "hmac-sha256"\nrotate-every = "P1D"',
    keys: key('payments/terminals'),
    told: ['payments/terminals: it is suspended: nothing is done before it is resumed'],
  },
  {
    what: 'a key that waits for its time',
    policy: 'type = "ec-p256"',
    keys: key('sign/next'),
    told: ['sign/next: it is pre-active: nothing is done before it is activated'],
  },
  {
    what: 'a key that ended',
    policy: `${AES}\nprocess-for = "P1Y"\ndestroy-after = "P1M"`,
    keys: key('payments/old'),
    told: ['payments/old: it is deactivated, and has no next version'],
  },
  {
    what: 'whose time is over',
    policy: `${AES}\nprocess-for = "P2W"\ndestroy-after = "P2W"`,
    keys: key('payments/old'),
    due: ['destroy payments/old#1 - nothing is destroyed without --destroy'],
    told: ['payments/old: it is deactivated, and has no next version'],
  },
  {
    what: 'and is destroyed',
    policy: `${AES}\nprocess-for = "P2W"\ndestroy-after = "P2W"`,
    keys: key('payments/old'),
    more: { destroys: true },
    due: ['destroy payments/old#1'],
    told: ['payments/old: it is deactivated, and has no next version'],
  },
  {
    what: 'but never before its time',
    policy: `${AES}\nprocess-for = "P2M"\ndestroy-after = "P2W"`,
    keys: key('payments/old'),
    more: { destroys: true, by: '2027-01-01T00:00:00.000Z' },
    due: ['destroy payments/old#1 - not before 2026-07-16'],
    told: ['payments/old: it is deactivated, and has no next version'],
  },
]

describe('what is due', () => {
  for (const { what, policy, keys, more, due = [], told = [] } of rows)
    test(what, () => {
      const found = judged(policy, keys, more)
      const words = found.due.map(
        ({ action, name, version, app, waits }) =>
          `${action} ${name}#${version}${app ? ` at ${app}` : ''}${waits ? ` - ${waits}` : ''}`,
      )
      assert.deepEqual(words.sort(), due)
      assert.deepEqual(
        [...found.differs, ...found.remarks].map((one) => `${one.name}: ${one.what}`),
        told,
      )
    })

  test('another count gives other names to keys that are there: it is told, and not done', () => {
    const manifest = (count: number) =>
      `format = "keyrite.manifest/1"\n[policies.p]\n${AES}\n${key('tmk', `count = ${count}`)}`
    const at = (text: string) =>
      judgedNow({ manifest: parseManifest(text), destroys: false, accepted: [], without: [] }, numbered, () => now)
    const numbered = Object.create(history, {
      keys: {
        value: Object.assign(Object.create(history.keys), {
          [Symbol.iterator]: () => [{ name: 'tmk-1', version: 1, state: 'active' }][Symbol.iterator](),
          inForce: () => 0,
        }),
      },
    })
    const { due } = at(manifest(12))
    assert.match(due[0]!.waits!, /tmk has numbers of another width/)
  })

  test('what the manifest does not name is let be', () => {
    const { unmanaged } = judged(AES, key('new'))
    assert.deepEqual(
      unmanaged.map(({ name }) => name),
      [DEK, 'payments/terminals', 'payments/old', 'sign/statements', 'sign/next'],
    )
  })

  test('duties: when each was done last, or what it is about began', () => {
    const { duties } = judged(
      AES,
      '[keys]\n[duties]\n"app.check" = "P1D"\n"app.pin" = "P1Y"\n"backup.create" = "P1M"\n"backup.test" = "P1Y"\n"quorum.drill" = "P1D"',
    )
    assert.deepEqual(
      duties.map(({ duty, of = '', never, isDue }) =>
        `${duty} ${of}${never ? ' never' : ''}${isDue ? ' due' : ''}`.trim(),
      ),
      [
        'app.check till due',
        'app.pin till',
        'backup.create  due',
        'backup.test  never',
        ...['alice', 'bob', 'carol'].map((name) => `quorum.drill ${name} of officers due`),
        ...['dan', 'erin', 'frank', 'gina'].map((name) => `quorum.drill ${name} of operators due`),
      ],
    )
  })
})
