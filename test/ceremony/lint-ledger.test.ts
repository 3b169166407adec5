// A script held against a ledger: a row for each thing that the partition would refuse, with the reason, and for what it takes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lintScript } from '../../src/ceremony/lint/lint.ts'
import type { Profiles } from '../../src/ceremony/lint/rules.ts'
import { problemText } from '../../src/ceremony/read-shape.ts'
import { parseScript } from '../../src/ceremony/script.ts'
import { parseSite } from '../../src/ceremony/site.ts'
import { backupsByKey } from '../../src/change/inventory.ts'
import type { SamplePartition } from '../../src/docs/sample-partition.ts'
import { sampleOf } from '../../src/docs/sample-plans.ts'
import { History } from '../../src/domain/history.ts'
import { ApplicationStory } from '../support/application-story.ts'
import { newCast } from '../support/cast.ts'
import { END, HEAD, parsed, scriptOf } from '../support/ceremony-script.ts'
import { CeremonyStory } from '../support/ceremony-story.ts'
import { type LedgerWriter, recordOf } from '../support/ledger.ts'
import { QuorumStory, quorumCast } from '../support/quorum-story.ts'
import { Story } from '../support/story.ts'

const cast = await newCast()
const quorums = await quorumCast()
const STORIES = {
  all: Story.tell(cast),
  apps: ApplicationStory.whole(cast),
  people: QuorumStory.whole(quorums),
  ceremonies: CeremonyStory.whole(cast),
}
type StoryName = keyof typeof STORIES

/** As the records up to this step leave it. */
function historyAt({ steps, lines, leaves }: LedgerWriter, step: string): History {
  const last = steps.get(step)
  assert.ok(last !== undefined, step)
  const history = new History()
  for (const [i, line] of lines.slice(0, last + 1).entries()) history.apply(recordOf(line), leaves[i]!)
  return history
}

const histories = new Map<string, History>()
function ledgerAt(story: StoryName, step: string, now?: string) {
  const place = `${story} ${step}`
  const history = histories.get(place) ?? historyAt(STORIES[story], step)
  histories.set(place, history)
  const backupsOf = backupsByKey(history)
  return {
    history,
    now: now ?? history.time,
    isBacked: (key: Parameters<typeof backupsOf>[0]) => backupsOf(key).length > 0,
  }
}

interface More {
  site?: string
  head?: string
  now?: string
  profiles?: Profiles
}

function linted(
  story: StoryName,
  step: string,
  commands: readonly string[],
  { site, head = HEAD, now, profiles }: More,
) {
  const ledger = ledgerAt(story, step, now)
  const script = head.replace('partition = "pay"', `partition = "${ledger.history.name}"`) + scriptOf(commands) + END
  const found = site === undefined ? undefined : parseSite(site)
  return lintScript(parseScript(script), found, parsed, { ledger, ...(profiles ? { profiles } : {}) })
}

const MODULE = '--module {site.module} --slot {site.slot}'
const SIGN = '--in {site.text} --out {site.signature}'

/** [story, the last step of it, commands, what is told]. */
const rows: readonly (readonly [StoryName, string, readonly string[], readonly string[], More?])[] = [
  [
    'apps',
    'deliver done',
    ['key rotate dek'],
    ['step 1: there is a copy of dek#1 at till by then: the next version comes by key publish, and then key promote'],
  ],
  ['apps', 'deliver done', ['key publish dek', 'key suspend mac'], []],
  [
    'apps',
    'deliver done',
    ['key deactivate dek', 'key destroy dek#1'],
    ['step 2: there is a copy of dek#1 at till by then: key withdraw takes it away first'],
  ],
  ['apps', 'deliver done', ['key withdraw dek --app till', 'key withdraw dek --app web', 'key rotate dek'], []],
  ['apps', 'deliver done', ['key withdraw sign --app web'], ['step 1: web has no sign by then']],
  [
    'apps',
    'deliver done',
    [`app init till ${MODULE} --pin-out {site.pin}`],
    ['step 1: there is an application till by then'],
  ],
  [
    'apps',
    'deliver done',
    ['app pin web --new --pin-out {site.pin}'],
    ['step 1: the PIN of web is given by the administrator of its token'],
  ],
  ['apps', 'deliver done', ['app pin till --new --pin-out {site.pin}'], []],
  [
    'apps',
    'deliver done',
    ['key deliver mac --app desk'],
    ['step 1: there is no application desk by then', 'step 1: no backup holds mac#1 by then'],
  ],
  ['apps', 'deliver done', ['partition retire pay'], ['step 1: the application till is there by then']],
  ['apps', 'publish done', ['key publish dek'], ['step 1: a version of dek waits for its promotion by then']],
  ['apps', 'publish done', ['key promote dek'], ['step 1: no backup holds dek#2 by then']],
  ['apps', 'publish done', ['backup create {site.backup}', 'key promote dek'], []],
  [
    'apps',
    'promote done',
    ['key rotate dek'],
    ['step 1: there is a copy of dek#2 at till by then: the next version comes by key publish, and then key promote'],
  ],
  ['apps', 'check done', ['key suspend sign', 'app sync web'], []],
  ['apps', 'after', ['app show till'], ['step 1: there is no application till by then']],
  ['all', 'note', ['key rotate nothing'], ['step 1: there is no key called nothing by then']],
  ['all', 'batch done 3', ['key generate batch-4 --type aes-256'], ['step 1: there is a key called batch-4 by then']],
  [
    'all',
    'batch done 3',
    [`key sign sign/root ${SIGN}`, 'key rotate payments/card-dek#2'],
    [
      'step 2: keyrite does not understand this command: rotate takes the name without a version: it is the newest that rotates',
    ],
  ],
  [
    'all',
    'batch done 3',
    [`key sign payments/card-dek ${SIGN}`],
    ['step 1: payments/card-dek is no pair that was made to sign'],
  ],
  [
    'all',
    'batch done 3',
    ['key suspend mac/one'],
    ['step 1: mac/one#1 is pre-active by then, and key suspend takes one that is active'],
  ],
  [
    'all',
    'destroy done',
    ['key activate batch-1#1'],
    ['step 1: batch-1#1 is destroyed by then, and key activate takes one that is pre-active'],
  ],
  ['all', 'crash', ['key list'], ['a change of record 25 has no end: partition recover comes first']],
  [
    'all',
    'added',
    ['station remove elsewhere', 'station add {site.request}'],
    [
      'a change of record 50 has no end: partition recover comes first',
      'step 1: there is no station elsewhere by then',
    ],
  ],
  [
    'all',
    'export done',
    ['key rotate mac/one'],
    ['step 1: mac/one#1 went out by then: whoever has it gets the next version first, by key publish'],
  ],
  [
    'all',
    'ask done',
    ['key import-request partner/dek --type aes-256 --out {site.file}'],
    ['step 1: partner/dek is asked for by then'],
  ],
  ['all', 'ask done', ['key import partner/dek --request {site.file} --in {site.sent}'], []],
  [
    'all',
    'ask done',
    ['key import partner/dek --request {site.file} --in {site.sent}'],
    ['step 1: the time for partner/dek to come in is over: it is asked for anew'],
    { now: '2099-01-01T00:00:00.000Z' },
  ],
  [
    'all',
    'list done',
    ['cert root {site.profile} --out {site.root}'],
    ['step 1: a certificate has the serial number 4a01 by then'],
    { profiles: new Map([['{site.profile}', { key: 'sign/root', serial: '4a01' }]]) },
  ],
  [
    'all',
    'list done',
    ['cert root {site.profile} --out {site.root}'],
    ['step 1: payments/card-dek is no pair that was made to sign'],
    { profiles: new Map([['{site.profile}', { key: 'payments/card-dek' }]]) },
  ],
  [
    'all',
    'list done',
    ['cert root {site.profile} --out {site.root}', 'cert root {site.profile} --out {site.again}'],
    ['step 2: a certificate has the serial number 77 by then'],
    { profiles: new Map([['{site.profile}', { key: 'sign/root', serial: '77' }]]) },
  ],
  [
    'all',
    'list done',
    ['cert root {site.profile} --out {site.root}'],
    ['step 1: root.toml: no key'],
    { profiles: new Map([['{site.profile}', { wrong: 'root.toml: no key' }]]) },
  ],
  [
    'people',
    'suspend done',
    ['custodian suspend bob --until 2027-01-01', 'custodian resume alice'],
    ['step 1: of ops 2 could still approve, and 3 have to be able to', 'step 2: alice is not suspended by then'],
  ],
  ['people', 'suspend done', ['custodian resume dave', 'custodian suspend bob --until 2027-01-01'], []],
  [
    'people',
    'suspend done',
    ['custodian suspend mallory --until 2027-01-01'],
    ['step 1: mallory is no custodian by then'],
  ],
  [
    'people',
    'stage vault',
    ['key generate more --type aes-256'],
    ['a change of record 26 has no end: partition recover comes first'],
  ],
  [
    'people',
    'confirm vault',
    ['quorum stage --group ops --remove bob --add zoe'],
    ['step 1: shares are staged: they come first'],
  ],
  [
    'people',
    'unstage done',
    ['quorum unstage', 'quorum replace'],
    ['step 1: no shares are staged by then', 'step 2: no shares are staged by then'],
  ],
  [
    'people',
    'unstage done',
    ['quorum replace --group ops --remove alice --add alice --shares-dir {site.shares}'],
    ['step 1: alice is a custodian by then'],
  ],
  [
    'people',
    'unstage done',
    ['key rotate own', 'member retire first'],
    ['step 2: there is one member by then, and it stays'],
  ],
  [
    'people',
    'unstage done',
    [`member add second ${MODULE}`],
    ['step 1: own#1 can never leave its token, and a new member holds every key'],
  ],
  [
    'people',
    'unstage done',
    ['key export own --for aws --wrapping-key {site.wrapping} --out {site.out}'],
    ['step 1: own was made never to leave the token'],
  ],
  [
    'people',
    'unstage done',
    ['quorum replace --group ops --remove {site.leaving} --add {site.joining} --shares-dir {site.shares}'],
    [],
  ],
  [
    'ceremonies',
    'close',
    ['key list'],
    ['a ceremony q4 was brought to its end before: give the script another name'],
    { head: HEAD.replace('"test"', '"q4"') },
  ],
]

describe('what a ledger tells of a script', () => {
  for (const [story, step, commands, told, more = {}] of rows)
    test(`${story}, ${step}: ${commands.join(' / ')}`, () => {
      const found = linted(story, step, commands, more).problems.map(problemText)
      assert.deepEqual(
        found.filter((one) => !/^step 9[89]:/.test(one)),
        told,
      )
    })
})

const SITE = `format = "keyrite.ceremony-site/1"\nplace = "here"\nclock = "on the wall"\n`
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJQ8mN1TjB9Yp6Vb1O2v3c4d5e6f7g8h9i0jklmnopqr'
const siteOf = (...custodians: string[]): string =>
  [
    SITE,
    `[[people]]\nname = "Olga"\nroles = ["operator"]\nkey = "${KEY}"\n`,
    ...custodians.map((one) => `[[people]]\nname = "Mx ${one}"\nroles = ["custodian"]\ncustodian = "${one}"\n`),
  ].join('')

/** [people who have shares, commands, what is told, what is remarked]. */
const people: readonly (readonly [
  readonly string[],
  readonly string[],
  readonly string[],
  (string | undefined)?,
  More?,
])[] = [
  [['alice', 'bob', 'carol'], ['key suspend dek'], []],
  [
    ['alice', 'bob', 'mallory'],
    ['key suspend dek'],
    ['Mx mallory is mallory in the site file, and pay has no such custodian'],
  ],
  [['alice', 'bob', 'zoe'], ['quorum stage --group ops --remove carol --add zoe'], []],
  [
    ['alice', 'bob', 'dave'],
    ['key suspend dek'],
    ['Mx dave is dave in the site file, who is suspended until 2026-01-09T00:00:00.000Z and approves nothing'],
  ],
  [['alice', 'bob', 'dave'], ['custodian resume dave', 'key suspend dek'], []],
  [['alice', 'bob', 'dave'], ['key suspend dek'], [], undefined, { now: '2026-01-10T00:00:00.000Z' }],
  [
    ['alice', 'dora', 'erin'],
    ['key suspend dek', 'backup create {site.backup}'],
    [
      'step 1: key suspend takes 2 custodians of ops, and the site file names alice alone',
      'step 2: backup create takes 2 custodians of ops, and the site file names alice alone',
      'step 98: audit checkpoint takes 2 custodians of ops, and the site file names alice alone',
    ],
  ],
  [
    ['alice', 'bob', 'carol'],
    ['backup create {site.backup}'],
    ['step 1: backup create takes 2 custodians of vault, and the site file names alice alone'],
  ],
  [
    ['alice', 'bob', 'erin'],
    ['key suspend dek'],
    [],
    'Mx erin is erin in the site file, who left on 2026-12-31 by record 6: that share counts until it is replaced',
    { now: '2027-01-01T00:00:00.000Z' },
  ],
]

describe('whom a ledger knows', () => {
  for (const [names, commands, told, remark, more = {}] of people)
    test(`${names.join(', ')}: ${commands.join(' / ')}`, () => {
      const site = siteOf(...names).replace('[[people]]', '[values]\nbackup = "/media/backup"\n[[people]]')
      const { problems, remarks } = linted('people', 'suspend done', commands, { ...more, site })
      assert.deepEqual(problems.map(problemText), told)
      assert.deepEqual(remarks, remark === undefined ? [] : [remark])
    })
})

test('what the script finds is held against what there is, and against whose it is', () => {
  const told = (head: string, commands = ['key suspend mac']) =>
    linted('apps', 'deliver done', commands, { head: HEAD + head }).problems.map(problemText)
  assert.deepEqual(told('[begins]\n"dek#1" = "active"\n"mac#1" = "active"\n'), [])
  assert.deepEqual(told('[begins]\n"dek#1" = "suspended"\n"other#2" = "active"\n'), [
    'the script finds dek#1 suspended, and in the ledger it is active',
    'the script finds other#2 active, and in the ledger there is none',
  ])
  assert.deepEqual(
    told('', [
      'partition init pay --module {site.module} --slot {site.slot} --threshold 2 --custodian a --custodian b',
    ]),
    ['step 1 begins the partition pay, which is there already'],
  )
  const script = parseScript(HEAD.replace('"pay"', '"dev"') + scriptOf(['key suspend mac']) + END)
  const { problems } = lintScript(script, undefined, parsed, { ledger: ledgerAt('apps', 'deliver done') })
  assert.deepEqual(problems.map(problemText), ['the ledger is of pay, and the script of the partition dev'])
})

test('several members: what comes to one alone, and what one has missed', () => {
  const told = (op: 'member.check' | 'member.sync', ...commands: string[]) => {
    const { history } = (sampleOf(op) as unknown as { partition: SamplePartition }).partition
    const script = HEAD.replace('"pay"', JSON.stringify(history.name)).replace('people = 3', 'people = 9')
    const ledger = { history, now: history.time, isBacked: () => true }
    const { problems } = lintScript(parseScript(script + scriptOf(commands) + END), undefined, parsed, { ledger })
    return problems.map(problemText).filter((one) => !one.startsWith('step 98'))
  }
  assert.deepEqual(told('member.check', 'key generate more --type aes-256 --no-backup', 'member check site-b'), [
    'step 1: what is made never to leave its token comes to one of several members alone',
  ])
  assert.deepEqual(told('member.check', 'member retire site-b', 'member retire first'), [
    'step 2: there is one member by then, and it stays',
  ])
  assert.deepEqual(
    told(
      'member.sync',
      'key generate more --type aes-256',
      'member sync site-b',
      'key generate another --type aes-256',
    ),
    ['step 1: the member site-b may lack what a change made by then: member sync comes first'],
  )
  assert.deepEqual(told('member.sync', 'key generate more --type aes-256 --absent site-b'), [])
})

test('a token that wraps nothing: no backup is made of it, and that is said before anybody comes', () => {
  const history = historyAt(STORIES.apps, 'deliver done')
  const lacks = 'C_CreateObject: CKR_SESSION_READ_ONLY (0xb5)'
  Object.defineProperty(history, 'profile', { value: { ...history.profile, mechanisms: {}, kek: { lacks } } })
  const commands = ['partition check', 'backup create {site.backup}']
  const { problems } = lintScript(parseScript(HEAD + scriptOf(commands) + END), undefined, parsed, {
    ledger: { history, now: history.time, isBacked: () => true },
  })
  assert.deepEqual(problems.map(problemText), [`step 2: the token of pay wraps no keys: ${lacks}`])
})
