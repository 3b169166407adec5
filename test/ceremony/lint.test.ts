// Scripts that can't be carried out: a row each, with the step and the reason.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lintScript } from '../../src/ceremony/lint/lint.ts'
import { problemText } from '../../src/ceremony/read-shape.ts'
import { parseScript } from '../../src/ceremony/script.ts'
import { parseSite } from '../../src/ceremony/site.ts'
import { parsed } from '../support/ceremony-script.ts'

const step = (id: string, kind: string, members: string, by = '["operator"]') =>
  `[[steps]]\nid = "${id}"\nkind = "${kind}"\nby = ${by}\ntakes = "PT5M"\ntext = "So it is."\n${members}\n`
const run = (id: string, words: string, more = 'quorum = true') =>
  step(id, 'run', `run = ${JSON.stringify(words.split(' '))}\n${more}`)

const CHECKPOINT = run('8', 'audit checkpoint')
const SIGN = step('9', 'sign', '', '["witness"]')

const HEAD = `format = "keyrite.ceremony/1"
name = "test"
version = 1
title = "A test"
partition = "pay"
[requires]
separate = [["operator", "witness"]]
[roles]
operator = "types"
witness = "looks"
custodian = { about = "has a share", people = 3, shares = true }
[media]
hsm = "the HSM"
stick = { about = "a stick", holds = ["backup"] }
`
const BLANK = '[blanks]\nbag = { ask = "number of the bag", like = "^[0-9]+$" }\n'
const BEGINS = '[begins]\n"card#1" = "active"\n"old#1" = "suspended"\n'
const bag = (id: string, medium: string, how: string) =>
  step(id, 'media', `medium = "${medium}"\nbag = "${how}"\nblank = "bag"`)

const toldOf = (body: string, head = HEAD, site?: string): string[] =>
  lintScript(parseScript(head + body), site === undefined ? undefined : parseSite(site), parsed).problems.map(
    problemText,
  )

const all = (...steps: string[]) => [...steps, CHECKPOINT, SIGN].join('')

/** [what it is, body, what is told]. */
const impossible: [what: string, body: string, told: string[]][] = [
  ['nothing', all(run('1', 'key rotate card')), []],
  [
    'a blank token twice',
    all(
      run('1', 'backup test {site.backup} --module {site.module} --slot {site.slot}'),
      run('2', 'backup test {site.backup} --module {site.module} --slot {site.slot}'),
    ),
    ['step 2: step 1 has taken the blank token in slot {site.slot} already'],
  ],
  [
    'somebody who leaves twice, and joins again in between',
    all(
      run('1', 'quorum replace --remove carol --add dan'),
      run('2', 'quorum replace --remove dan --add carol'),
      run('3', 'quorum replace --remove carol --add dan'),
      run('4', 'quorum replace --remove carol --add dan'),
    ),
    ['step 4: carol has left in step 3 already', 'step 4: dan has joined in step 3 already'],
  ],
  ['an unknown role', all(step('1', 'read', '', '["auditor"]')), ['step 1: no role is called auditor']],
  ['an id twice', all(step('1', 'read', ''), step('1', 'check', '')), ['step 1: another step has this id already']],
  [
    'a comparison with oneself',
    all(step('1', 'compare', 'value = "script.code"')),
    ['step 1: two people compare, and operator is one person'],
  ],
  ['a comparison by two of one role', all(step('1', 'compare', 'value = "script.code"', '["custodian"]')), []],
  [
    'a fingerprint of nothing',
    all(step('1', 'compare', 'value = "key.fingerprint"', '["custodian"]')),
    ['step 1: of says which version: of = "NAME#1"'],
  ],
  [
    'a fingerprint before its key',
    BEGINS +
      all(
        step('1', 'compare', 'value = "key.fingerprint"\nof = "card#2"', '["custodian"]'),
        run('2', 'key rotate card'),
      ),
    ['step 1: there is no card#2 by then'],
  ],
  [
    'a code of no plan',
    all(step('1', 'compare', 'value = "plan.code"\nof = "8"', '["custodian"]')),
    ['step 1: of names the earlier step whose plan it is'],
  ],
  ['an unknown blank', all(step('1', 'enter', 'blanks = ["box"]')), ['step 1: no blank is called box']],
  ['a blank that nobody fills in', BLANK + all(), ['no step fills in bag']],
  [
    'a blank too early',
    BLANK + all(run('1', 'share record alice --sealed {blank.bag}', ''), bag('2', 'stick', 'sealed')),
    ['step 1: the blank bag is not filled in yet'],
  ],
  [
    'a blank that takes anything',
    BLANK.replace('^', '') + all(bag('1', 'stick', 'sealed')),
    ['the blank bag takes whatever holds "[0-9]+$": begin it with ^ and end it with $'],
  ],
  [
    'a blank that is like nothing',
    BLANK.replace('[0-9]+', '[0-9') + all(bag('1', 'stick', 'sealed')),
    ['the blank bag is like "^[0-9$", which is no regular expression'],
  ],
  [
    'a blank that may be a flag',
    BLANK.replace('[0-9]+', '[0-9-]+') +
      all(bag('1', 'stick', 'sealed'), run('2', 'share record alice --sealed {blank.bag}', '')),
    [
      'step 2: the blank bag goes into a command, and may begin with a dash: let its like begin with what an answer begins with',
    ],
  ],
  [
    'a blank that may be anything',
    BLANK.replace(', like = "^[0-9]+$"', '') +
      all(bag('1', 'stick', 'sealed'), run('2', 'share record alice --sealed {blank.bag}', '')),
    ['step 2: the blank bag goes into a command: say with like what it may be'],
  ],
  ['a file that the site has not got', all(step('1', 'attach', 'file = "photo"')), []],
  [
    'half a value',
    all(run('1', 'backup create {site.out}/pay.backup')),
    [
      'step 1: {site.out}/pay.backup is no value: {site.NAME} or {blank.NAME} is a whole word',
      'step 1: {site.out}/pay.backup is a fact of the place: it stands in the site file, and here {site.NAME}',
    ],
  ],
  [
    'the HSM in its bag',
    BLANK + all(run('1', 'key rotate card'), bag('2', 'hsm', 'opened')),
    ['step 1: it needs hsm, which is in its bag'],
  ],
  ['the HSM packed too early', BLANK + all(bag('1', 'hsm', 'sealed')), ['step 8: it needs hsm, which is in its bag']],
  [
    'a medium in its bag',
    BLANK + all(run('1', 'backup verify {site.backup}', ''), bag('2', 'stick', 'opened')),
    ['step 1: it needs stick, which is in its bag'],
  ],
  [
    'a bag opened twice',
    BLANK + all(bag('1', 'stick', 'opened'), bag('2', 'stick', 'opened')),
    ['step 2: stick is in no bag'],
  ],
  [
    'no such medium',
    BLANK + all(bag('1', 'disk', 'opened'), step('2', 'read', 'uses = ["tape"]')),
    ['step 1: no medium is called disk', 'step 2: no medium is called tape'],
  ],
  [
    'no such command',
    all(run('1', 'key turn card')),
    ['step 1: keyrite does not understand this command: unknown command "turn"'],
  ],
  [
    'no such flag',
    all(run('1', 'key rotate card --yes')),
    ['step 1: keyrite does not understand this command: unknown option "--yes"'],
  ],
  [
    'a wrong name',
    all(run('1', 'key rotate Card')),
    [
      'step 1: keyrite does not understand this command: "Card" is not a valid key name: start with a-z or 0-9, then up to 62 of a-z, 0-9, dot, slash, underscore or -',
    ],
  ],
  [
    'a flag twice',
    all(run('1', 'key generate new --type aes-256 --type aes-128')),
    ['step 1: keyrite does not understand this command: --type is given twice, and takes one value'],
  ],
  [
    'a help',
    all(run('1', 'key rotate --help', '')),
    ['step 1: keyrite does not understand this command: it shows a help or a version, and does nothing'],
  ],
  [
    'a name that is asked for',
    all(run('1', 'key rotate')),
    ['step 1: key rotate would ask for name: the script says it'],
  ],
  [
    'people taken out',
    all(run('1', 'key destroy old#1 --no-input --confirm old#1 --share {site.file}')),
    [
      'step 1: --no-input takes the people out, who are asked for it',
      'step 1: --confirm takes the people out, who are asked for it',
      'step 1: --share takes the people out, who are asked for it',
    ],
  ],
  [
    'a path',
    all(run('1', 'key destroy old#1 --certificate out/old.txt')),
    ['step 1: out/old.txt is a fact of the place: it stands in the site file, and here {site.NAME}'],
  ],
  [
    'another partition',
    all(run('1', 'key rotate card --partition dev')),
    ['step 1: --partition is not said in a step'],
  ],
  ['a ceremony within', all(run('1', 'ceremony lint {site.file}', '')), ['step 1: a ceremony runs no ceremony']],
  [
    'a key that is not there',
    BEGINS + all(run('1', 'key rotate cord')),
    ['step 1: there is no key called cord by then'],
  ],
  [
    'a key that is there',
    BEGINS + all(run('1', 'key generate card --type aes-256')),
    ['step 1: there is a key called card by then'],
  ],
  [
    'a version that is not there yet',
    BEGINS + all(run('1', 'key suspend card#2'), run('2', 'key rotate card')),
    ['step 1: there is no card#2 by then'],
  ],
  [
    'a state that takes no such change',
    BEGINS + all(run('1', 'key rotate card'), run('2', 'key suspend card#1')),
    ['step 2: card#1 is deactivated by then, and key suspend takes one that is active'],
  ],
  [
    'an active key destroyed',
    BEGINS + all(run('1', 'key destroy card#1')),
    [
      'step 1: card#1 is active by then, and key destroy takes one that is pre-active or suspended or deactivated or compromised',
    ],
  ],
  [
    'a destroyed key used',
    all(run('1', 'key destroy old#1'), run('2', 'key resume old#1')),
    ['step 2: old#1 is destroyed by then, and key resume takes one that is suspended'],
  ],
  [
    'what is not to be expected',
    BEGINS +
      all(
        run('1', 'key rotate card', 'quorum = true\nexpect = { state = { "card#1" = "active", "card#3" = "active" } }'),
      ),
    [
      'step 1: card#1 is to be active, and by then it is deactivated',
      'step 1: card#3 is to be active, and there is no such version by then',
    ],
  ],
  [
    'what nobody knows',
    all(
      run('1', 'key rotate card', 'quorum = true\nexpect = { state = { "card#5" = "active" } }'),
      run('2', 'key destroy card#4'),
    ),
    [],
  ],
  [
    'before the partition',
    all(
      run('1', 'key generate card --type aes-256'),
      run(
        '2',
        'partition init pay --module {site.module} --threshold 2 --custodian a --custodian b --custodian c --shares-dir {site.shares}',
      ),
    ),
    ['step 1: there is no partition before step 2'],
  ],
  [
    'of another name',
    all(
      run(
        '1',
        'partition init prod --module {site.module} --threshold 2 --custodian a --custodian b --shares-dir {site.shares}',
      ),
    ),
    ['step 1: the script is of the partition pay, and not of prod'],
  ],
  [
    'more custodians than people',
    all(run('1', 'partition init pay --threshold 2 --custodian a --custodian b --custodian c --custodian d')),
    ['step 1: it takes the shares of 4 people, and roles for 3 of the script have shares'],
  ],
  [
    'keys of a new partition',
    all(run('1', 'partition init pay --threshold 2 --custodian a --custodian b'), run('2', 'key rotate card')),
    ['step 2: there is no key called card by then'],
  ],
  ['nobody asked', all(run('1', 'key list')), ['step 1: key list asks no custodian: leave quorum out']],
  [
    'custodians not said',
    all(run('1', 'key rotate card', '')),
    ['step 1: key rotate is approved by custodians: say quorum = true'],
  ],
  [
    'a file twice',
    all(run('1', 'backup create {site.backup}'), run('2', 'backup create {site.backup}')),
    ['step 2: step 1 has written {site.backup} already'],
  ],
  [
    'a file too early',
    all(run('1', 'backup verify {site.backup}', ''), run('2', 'backup create {site.backup}')),
    ['step 1: {site.backup} is not there before step 2 writes it'],
  ],
  [
    'no checkpoint',
    run('1', 'key rotate card') + SIGN,
    [
      'step 1: key rotate is the last login: an audit checkpoint comes after it, so that the token knows the last record',
    ],
  ],
  [
    'a record after it',
    all().replace(SIGN, '') + run('8.1', 'custodian acknowledge alice', '') + SIGN,
    [
      'step 8.1: it writes into the ledger after the last audit checkpoint, in step 8, and the token does not know of it',
    ],
  ],
  ['no signature', step('1', 'read', ''), ['nobody signs the journal: the last step is of the kind sign']],
  [
    'after the signature',
    all() + step('10', 'read', ''),
    ['step 10: it comes after the last signature: nobody signs for it'],
  ],
  [
    'a signature in the middle',
    all(SIGN.replace('"9"', '"7"')),
    ['step 7: witnesses sign the end of the journal: a signature comes after every other step'],
  ],
  [
    'too long a day',
    all(...Array.from({ length: 9 }, (_, i) => step(`${i}a`, 'read', '').replace('PT5M', 'PT1H'))),
    ['step 8a: people are at work for more than 8 hours without a pause by then'],
  ],
  ['nobody left for a pause', all(step('1', 'pause', 'stay = 6')), ['step 1: 6 people are to stay, and there are 5']],
]

describe('impossible scripts', () => {
  for (const [what, body, told] of impossible) test(what, () => assert.deepEqual(toldOf(body), told))
  test('without people who have shares', () => {
    const head = HEAD.replace(', shares = true', '')
    const why = 'it takes the shares of 2 people, and no role of the script has shares'
    assert.deepEqual(toldOf(all(), head), [`step 8: ${why}`])
  })
  test('shares in their bags', () => {
    const head = HEAD.replace('people = 3', 'people = 1').replace(
      '[media]',
      'deputy = { about = "another", shares = true }\n[media]\nenvelope = { about = "a bag", share = "custodian" }',
    )
    const why = 'step 1: it needs the shares of custodians, and those of custodian are in their bags'
    assert.deepEqual(toldOf(BLANK + all(run('1', 'key rotate card'), bag('2', 'envelope', 'opened')), head), [why])
  })
})

const person = (name: string, roles: string, more = '') => `[[people]]\nname = "${name}"\nroles = [${roles}]\n${more}\n`
const custodian = (name: string) => person(name, '"custodian"', `custodian = "${name.toLowerCase()}"`)
const KEY = 'key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJQ8mN1TjB9Yp6Vb1O2v3c4d5e6f7g8h9i0jklmnopqr"'
const SITE = `format = "keyrite.ceremony-site/1"\nplace = "here"\nclock = "on the wall"\n[values]\nbackup = "/media/pay.backup"\n`
const PEOPLE =
  person('Olga', '"operator"') +
  person('Wim', '"witness"', KEY) +
  custodian('Ann') +
  custodian('Ben') +
  custodian('Cem')

/** [what it is, people, body, what is told]. */
const sites: [what: string, people: string, body: string, told: string[]][] = [
  ['everybody', PEOPLE, all(run('1', 'backup create {site.backup}')), []],
  [
    'a value that is not there',
    PEOPLE,
    all(run('1', 'backup create {site.file}')),
    ['step 1: the site file has no file'],
  ],
  [
    'a file that is not there',
    PEOPLE,
    all(step('1', 'attach', 'file = "photo"')),
    ['step 1: the site file has no photo'],
  ],
  [
    'a value that is no number',
    PEOPLE,
    all(run('1', 'key generate new --type aes-256 --count {site.backup}')),
    [
      'step 1: keyrite does not understand this command: --count must be a whole number from 1 to 100000, not "/media/pay.backup"',
    ],
  ],
  [
    'one person in roles that are apart',
    PEOPLE.replace('"operator"', '"operator", "witness"'),
    all(),
    [
      'Olga is both operator and witness, which the script keeps apart',
      'step 9: Olga signs, and the site file has no SSH key of theirs',
    ],
  ],
  ['too few', PEOPLE.replace(custodian('Cem'), ''), all(), ['the role custodian is for 3, and the site file names 2']],
  [
    'an unknown role',
    PEOPLE + person('Zoe', '"guest"'),
    all(),
    ['Zoe is guest in the site file, and the script has no such role'],
  ],
  [
    'one key for two',
    PEOPLE.replace('custodian = "ann"', `custodian = "ann"\n${KEY}`),
    all(),
    ['Ann and Wim have one key in the site file'],
  ],
  ['no key', PEOPLE.replace(KEY, ''), all(), ['step 9: Wim signs, and the site file has no SSH key of theirs']],
  [
    'no name of a custodian',
    PEOPLE.replace('custodian = "ben"', ''),
    all(),
    ['Ben has a share as custodian, and the site file does not say under which name of a custodian'],
  ],
  [
    'one who compares with themselves',
    PEOPLE.replace('"witness"', '"witness", "operator"').replace(person('Olga', '"operator"'), ''),
    all(step('1', 'compare', 'value = "script.code"', '["operator", "witness"]')),
    [
      'Wim is both operator and witness, which the script keeps apart',
      'step 1: two people compare, and operator, witness is one person',
    ],
  ],
]

describe('sites that a script does not fit', () => {
  for (const [what, people, body, told] of sites)
    test(what, () => assert.deepEqual(toldOf(body, HEAD, SITE + people), told))
})

test('all of it is told at once, in the order of the steps', () => {
  const body = all(run('2', 'key turn card'), step('1', 'read', '', '["auditor"]')) + step('10', 'read', '')
  assert.deepEqual(
    toldOf(body).map((one) => one.split(':')[0]),
    ['step 2', 'step 1', 'step 10'],
  )
})
