// What commands of a script need of those before them: a row each, with the step and the reason.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from 'commander'
import { hasEffects, NEEDS_NOTHING } from '../../src/ceremony/lint/effects.ts'
import { lintScript } from '../../src/ceremony/lint/lint.ts'
import { problemText } from '../../src/ceremony/read-shape.ts'
import { parseScript } from '../../src/ceremony/script.ts'
import { parseSite } from '../../src/ceremony/site.ts'
import { commandStep, END, HEAD, parsed, tree } from '../support/ceremony-script.ts'

const BEGINS = '[begins]\n"card#1" = "active"\n"pair#1" = "active"\n'
const INIT =
  'partition init pay --module {site.module} --slot {site.slot} --threshold 2 --custodian a --custodian b --custodian c'
const APP = 'app init web --module {site.app-module} --slot {site.app-slot} --pin-out {site.pin}'

const step = (words: string, i: number): string => commandStep(words, `${i + 1}`)
const attach = (file: string, id: string) =>
  `[[steps]]\nid = "${id}"\nkind = "attach"\nby = ["operator"]\ntakes = "PT5M"\ntext = "So."\nfile = "${file}"\n`
const toldOf = (text: string, site?: string): string[] =>
  lintScript(parseScript(HEAD + text + END), site === undefined ? undefined : parseSite(site), parsed).problems.map(
    problemText,
  )

/** [commands one after the other; `=> 3` where one is to end so], [what is told]. */
const rows: readonly (readonly [commands: readonly string[], told: readonly string[], begins?: string])[] = [
  [
    [INIT, 'cert root {site.profile} --out {site.root}'],
    ['step 2: no active pair that was made to sign is there by then'],
  ],
  [
    [INIT, 'key generate ca --type ec-p384', 'cert crl {site.profile} --out {site.crl}'],
    ['step 3: no key of this partition has a certificate by then: a root is signed, or a request written, before'],
  ],
  [
    [INIT, 'key generate ca --type aes-256', 'cert root {site.profile} --out {site.root} --dry-run'],
    ['step 3: no active pair that was made to sign is there by then'],
  ],
  [
    [
      INIT,
      'key generate ca --type ec-p384',
      'cert root {site.profile} --out {site.root} --dry-run',
      'cert issue {site.issuing} --in {site.request} --out {site.cert}',
    ],
    ['step 4: no key of this partition has a certificate by then: a root is signed, or a request written, before'],
  ],
  [['cert issue {site.issuing} --in {site.request} --out {site.cert}'], []],
  [
    [INIT, 'key generate card --type aes-256', 'key sign card --in {site.text} --out {site.signature}'],
    ['step 3: card is no pair that was made to sign'],
  ],
  [['key sign card --in {site.text} --out {site.signature}', 'key deactivate card'], []],
  [
    ['key deactivate card', 'key sign card#1 --in {site.text} --out {site.signature}'],
    ['step 2: card#1 is deactivated by then, and key sign takes one that is active'],
    BEGINS,
  ],
  [
    [INIT, 'key generate card --type aes-256', 'cert request card --subject CN=x --out {site.csr}', 'key public card'],
    ['step 3: card is a secret key', 'step 4: card is a secret key'],
  ],
  [
    [
      'key generate stays --type aes-256 --no-backup',
      'key export stays --for aws --wrapping-key {site.wrapping} --out {site.out}',
    ],
    ['step 2: stays was made never to leave the token'],
  ],
  [
    ['key export card#1 --for aws --wrapping-key {site.wrapping} --out {site.out}', 'key rotate card'],
    ['step 2: card#1 went out by then: whoever has it gets the next version first, by key publish'],
    BEGINS,
  ],
  [
    [
      'key export card#1 --for aws --wrapping-key {site.wrapping} --out {site.out}',
      'key publish card',
      'backup create {site.backup}',
      'key promote card',
    ],
    [
      'step 4: card#2 did not go out by then, and the version before it did: who has that could not read what others write',
    ],
    BEGINS,
  ],
  [
    [
      'key export card#1 --for aws --wrapping-key {site.wrapping} --out {site.out}',
      'key publish card',
      'backup create {site.backup}',
      'key promote card --accept not-sent',
    ],
    [],
    BEGINS,
  ],
  [
    ['key import card --components 2 --type aes-256 --kcv cmac5:08793e25ab'],
    ['step 1: there is a key called card by then'],
    BEGINS,
  ],
  [
    [INIT, 'key import card --request {site.request} --in {site.blob} --kcv cmac5:08793e25ab'],
    ['step 2: nobody was asked for card by then'],
  ],
  [
    [
      'key import-request card --type aes-256 --out {site.request}',
      'key import card --request {site.request} --in {site.blob} --kcv cmac5:08793e25ab',
      'key import-request card --cancel',
    ],
    ['step 3: nobody was asked for card by then'],
  ],
  [
    [
      'key import-request card --type aes-256 --out {site.request}',
      'key import-request card --type aes-256 --out {site.again}',
    ],
    ['step 2: card is asked for by then'],
  ],
  [[INIT, 'backup verify {site.backup}'], ['step 2: {site.backup} is no backup of this partition by then']],
  [[INIT, 'backup create {site.backup}', 'backup verify {site.backup}'], []],
  [
    [INIT, 'backup test {site.backup} --module {site.module} --slot {site.slot}'],
    [
      'step 2: {site.backup} is no backup of this partition by then',
      'step 2: step 1 has taken the blank token in slot {site.slot} already',
    ],
  ],
  [['backup verify {site.backup}'], []],
  [
    [
      'key restore card#1 --in {site.backup}',
      'key deactivate card#1',
      'key destroy card#1',
      'key restore card#1 --in {site.backup}',
    ],
    [
      'step 4: card#1 is destroyed by then, and key restore takes one that is pre-active or active or suspended or deactivated or compromised',
    ],
    BEGINS,
  ],
  [
    [INIT, 'app sync web'],
    ['step 2: there is no application web by then', 'step 2: no key was delivered to web by then'],
  ],
  [[APP, APP.replace('app-slot', 'other').replace('pin}', 'pin-2}')], ['step 2: there is an application web by then']],
  [['app retire web', 'app pin web --pin-out {site.pin}'], ['step 2: there is no application web by then']],
  [[INIT, 'app check --all'], ['step 2: there is no application by then']],
  [['key generate card --type aes-256', 'key deliver card --app web'], ['step 2: no backup holds card#1 by then']],
  [['key generate card --type aes-256', 'backup create {site.backup}', 'key deliver card --app web'], []],
  [['key generate card --type aes-256', 'key deliver card --app web --accept unbacked'], []],
  [
    ['key deliver card --app web', 'key rotate card', 'key deactivate card', 'key destroy card'],
    // Its newest version, which is what is destroyed, went nowhere.
    ['step 2: there is a copy of card#1 at web by then: the next version comes by key publish, and then key promote'],
    BEGINS,
  ],
  [
    ['key deliver card --app web', 'key deactivate card', 'key destroy card', 'key destroy card --leave-copies'],
    [
      'step 3: there is a copy of card#1 at web by then: key withdraw takes it away first',
      'step 4: card#1 is destroyed by then, and key destroy takes one that is pre-active or suspended or deactivated or compromised',
    ],
    BEGINS,
  ],
  [['key deliver card --app web', 'key withdraw card --app web', 'key rotate card'], [], BEGINS],
  [
    ['key publish card', 'key rotate card', 'key promote card'],
    ['step 2: a version of card waits for its promotion by then', 'step 3: no backup holds card#2 by then'],
    BEGINS,
  ],
  [['key publish card', 'backup create {site.backup}', 'key promote card'], [], BEGINS],
  [['app retire web', 'partition retire pay'], []],
  [['app sync web', 'partition retire pay'], ['step 2: the application web is there by then']],
  [
    ['partition recover'],
    ['step 1: nothing is open that it could recover: what a step leaves open is recovered within that step'],
  ],
  [
    ['quorum stage --remove carol --add dan', 'quorum replace', 'quorum replace'],
    ['step 3: no shares are staged by then'],
  ],
  [
    ['quorum stage --remove carol --add dan', 'quorum stage --remove bob --add eve'],
    ['step 2: shares are staged since step 1: they come first'],
  ],
  [
    ['key generate card --type aes-256', 'quorum replace --remove carol --add dan'],
    ['step 2: no backup holds card#1 by then'],
  ],
  [[INIT, 'custodian acknowledge z --form {site.form}'], ['step 2: z is no custodian by then']],
  [
    ['custodian suspend carol --until 2027-01-01T00:00:00Z', 'custodian resume carol', 'custodian resume carol'],
    ['step 3: carol is not suspended by then'],
  ],
  [
    ['station add two --in {site.request}', 'station remove two', 'station add two --in {site.request}'],
    ['step 3: there is a station two by then, or was one'],
  ],
  [
    [
      INIT,
      'member add two --module {site.module} --slot {site.slot-2}',
      'key generate card --type aes-256',
      'key publish card',
      'member retire one',
      'member retire two',
      'key publish card',
    ],
    ['step 5: there is no member one by then', 'step 7: a version of card waits for its promotion by then'],
  ],
  // What is to fail fails, and leaves nothing.
  [
    [INIT, 'key rotate card => 3', 'key generate card --type aes-256 => 3', 'key rotate card'],
    ['step 4: there is no key called card by then'],
  ],
]

describe('commands that come too early, or twice', () => {
  for (const [commands, told, begins = ''] of rows)
    test(commands.join(' / '), () => {
      const found = toldOf(begins + commands.map(step).join(''))
      // The last login of a partition that ends is its end.
      assert.deepEqual(
        found.filter((one) => !one.startsWith('step 98:')),
        told,
      )
    })
})

describe('files', () => {
  test('a file that is attached before it is written, and one of which only the plan is shown', () => {
    const dry = 'cert root {site.profile} --out {site.root} --dry-run'
    const issue = 'cert issue {site.issuing} --in {site.request} --out {site.cert}'
    assert.deepEqual(toldOf(step(dry, 0) + attach('root', '2') + attach('cert', '3') + step(issue, 3)), [
      'step 2: no step writes {site.root}: step 1 only shows the plan that would',
      'step 3: {site.cert} is not there before step 4 writes it',
    ])
  })
  test('a plan that is shown after its file was written', () => {
    const root = 'cert root {site.profile} --out {site.root}'
    assert.deepEqual(toldOf(step(root, 0) + step(`${root} --dry-run`, 1)), [
      'step 2: step 1 has written {site.root} already',
    ])
  })
})

test('whom the site file names is known', () => {
  const site = `format = "keyrite.ceremony-site/1"\nplace = "here"\nclock = "on the wall"\n[values]\nleaving = "z"\njoining = "d"\nmodule = "/m"\nslot = "0"\n`
  const people = ['a', 'b', 'c'].map(
    (one) => `[[people]]\nname = "${one}"\nroles = ["custodian"]\ncustodian = "${one}"\n`,
  )
  const operator =
    '[[people]]\nname = "o"\nroles = ["operator"]\nkey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJQ8mN1TjB9Yp6Vb1O2v3c4d5e6f7g8h9i0jklmnopqr"\n'
  const script = [INIT, 'quorum replace --remove {site.leaving} --add {site.joining}'].map(step).join('')
  const told = toldOf(
    script,
    site.replace('\nmodule = "/m"\nslot = "0"', '').replace('[values]', 'module = "/m"\nslot = "0"\n[values]') +
      people.join('') +
      operator,
  )
  assert.deepEqual(told, ['step 2: z is no custodian by then'])
})

test('of every command it is said what it needs', () => {
  const root = tree()
  const leaves = (command: Command, path: readonly string[]): string[] =>
    command.commands.length === 0
      ? [path.join(' ')]
      : command.commands.flatMap((one) => leaves(one, [...path, one.name()]))
  const all = leaves(root, []).filter((path) => !/^(ceremony|report|complete|help)( |$)/.test(path))
  assert.ok(all.length > 80, `${all}`)
  const unsaid = all.filter((path) => !hasEffects(path) && !NEEDS_NOTHING.includes(path))
  assert.deepEqual(unsaid, [], 'a row in src/ceremony/lint/effects.ts')
})
