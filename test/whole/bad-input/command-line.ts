// Command lines that are wrong, or that lack what --no-input doesn't ask for.
import { cpSync, mkdirSync, renameSync } from 'node:fs'
import { initArgs, type TestPartition } from '../../support/partition.ts'
import { softhsm } from '../../support/softhsm.ts'
import { generate, type Row, row } from './row.ts'

/** The hint of what has no better one: the help of the command that was meant. */
const help = (command: string) => new RegExp(`^keyrite${command} --help$`)
const making = (...words: string[]) => ['key', 'generate', ...words]
const aes = (name: string, ...more: string[]) => making(name, '--type', 'aes-256', ...more)

/** `partition init more`, without some of its flags and with others; its shares go into a folder that is new. */
export const init =
  (without: string[], ...more: string[]) =>
  (place: TestPartition): string[] => {
    mkdirSync(place.path('fresh'), { mode: 0o700, recursive: true })
    const words = initArgs(place)
      .slice(3)
      .map((word) => (word === place.path('shares') ? place.path('fresh') : word))
    const left = words.filter((word, i) => !without.includes(word) && !without.includes(words[i - 1]!))
    return ['partition', 'init', 'more', ...left, ...more]
  }

/** The same, and the token that is there is to be erased. */
export const erasing =
  (...more: string[]) =>
  async (place: TestPartition): Promise<string[]> => {
    const { token } = await place.data('partition', 'show')
    return init(more.includes('--module') ? ['--module'] : [], '--erase-token', token.serial, ...more)(place)
  }

const commands: Row[] = [
  row('no command', [], '2 USAGE', /^no command is given$/, help('')),
  row('a noun alone', ['key'], '2 USAGE', /^no command is given$/, help(' key generate')),
  row('an unknown noun', ['kays', 'list'], '2 USAGE', /^unknown command "kays"/, help(' key')),
  row('a verb of other programs', ['key', 'create'], '2 USAGE', /^unknown command "create"$/, help(' key generate')),
  row('a noun of other programs', ['delete', 'x'], '2 USAGE', /^unknown command "delete"$/, help(' key destroy')),
  row('agreeing beforehand', ['key', 'list', '--yes'], '2 USAGE', /^unknown option "--yes"$/, /^leave it out: /),
  row(
    'agreeing beforehand to what goes for good',
    ['key', 'destroy', 'card#1', '--force'],
    '2 USAGE',
    /^unknown option "--force"$/,
    /^--confirm NAME /,
  ),
  row('one value twice', ['key', 'list', '--home', '/a', '--home', '/b'], '2 USAGE', /^--home is given twice/, /./),
  row('no value', ['key', 'list', '--home', ''], '2 USAGE', /^--home is given without a value$/, /./),
  row(
    'an option and its opposite',
    ['backup', 'restore', 'f', '--checkpoint', 'c', '--no-checkpoint', '--module', softhsm],
    '2 USAGE',
    /^--no-checkpoint is given beside --checkpoint/,
    help(' backup restore'),
  ),
  row('two formats', ['key', 'list', '--format', 'table'], '2 USAGE', /^--json and --format table: which/, /./),
  row('names in a wide table', ['key', 'list', '-q', '--wide'], '2 USAGE', /^--quiet shows names only$/, /^leave out/),
  row(
    'a day that is none',
    ['audit', 'show', '--since', '2026-02-30'],
    '2 TIME',
    /is not a valid time/,
    help(' audit show'),
  ),
  row(
    'an operation',
    ['audit', 'show', '--op', 'Key.x'],
    '2 USAGE',
    /^"Key.x" is not an operation/,
    /^one of: app\.adopt, /,
  ),
  ...[
    ['audit', 'verify', '--ledger', 'nowhere'],
    ['audit', 'show', '--ledger', 'nowhere'],
    ['key', 'list', '--ledger', 'nowhere'],
    ['key', 'list', '--ledger', 'shares/nowhere', '--checkpoint', 'nowhere'],
    ['backup', 'show', 'nowhere'],
    ['backup', 'restore', 'nowhere', '--module', softhsm, '--checkpoint', 'nowhere'],
    ['backup', 'restore', 'nowhere', '--module', softhsm, '--no-checkpoint'],
    aes('x', '--share', 'nowhere'),
    aes('x', '--identity', 'nowhere', '--share', 'shares/alice.share.txt'),
    aes('x', '--passphrase-file', 'nowhere', '--share', 'shares/alice.share.txt'),
  ].map((args) =>
    row(
      `no such file: ${args.join(' ')}`,
      args,
      '2 FILE-MISSING',
      /^there is no (.* nowhere$|such \w+ file; what was given is not repeated)/,
      /^ls -l \.$|^give the name of a file/,
    ),
  ),
  row(
    'standard input twice',
    ['audit', 'verify', '--ledger', '-', '--checkpoint', '-'],
    '2 USAGE',
    /one file only$/,
    /./,
  ),
  row(
    'an unknown topic',
    ['help', 'concept'],
    '2 USAGE',
    /^there is no command or topic "concept"$/,
    /^keyrite help concepts$/,
  ),
  row(
    'a variable that names no partition',
    ['key', 'list'],
    '2 NAME',
    /^the variable KEYRITE_PARTITION: "Pay" is not a valid partition name/,
    /^keyrite partition list$/,
    { options: () => ({ env: { KEYRITE_PARTITION: 'Pay' } }) },
  ),
  row(
    'a variable that names another partition',
    ['key', 'list'],
    '2 PARTITION-KNOWN',
    /^the variable KEYRITE_PARTITION: no partition is called zoo; there is: pay$/,
    /^keyrite partition list$/,
    { options: () => ({ env: { KEYRITE_PARTITION: 'zoo' } }) },
  ),
  row('a verb that was begun', ['key', 'gen', 'x'], '2 USAGE', /^unknown command "gen"$/, help(' key generate')),
  row(
    'a type that was nearly named',
    ['key', 'generate', 'x', '--type', 'rsa2048'],
    '2 USAGE',
    /^"rsa2048" is not a key type; did you mean rsa-2048\?$/,
    /^one of: aes-256, /,
  ),
  row('half a verb', ['help', 'key', 'rot'], '2 USAGE', /"key rot"$/, /^keyrite help key rotate$/),
  row('half a rule', ['help', 'QUORUM-ME'], '2 USAGE', /"QUORUM-ME"$/, /^keyrite help QUORUM-MET$/),
  row(
    'a verb that two nouns have',
    ['verify', 'x'],
    '2 USAGE',
    /^unknown command "verify"$/,
    /^keyrite audit verify {2}# or: keyrite backup verify --help$/,
  ),
  row(
    'a verb that destroys, before its noun',
    ['destroy', 'key', 'x'],
    '2 USAGE',
    /^unknown command "destroy"$/,
    /^keyrite key destroy --help$/,
  ),
  row('an unknown verb', ['key', 'lst'], '2 USAGE', /"lst" \(Did you mean list\?\)/, help(' key list')),
  row('an unknown option', ['key', 'list', '--al'], '2 USAGE', /option "--al"/, help(' key list')),
  row('a word too many', ['key', 'list', 'x', 'y'], '2 USAGE', /^"y" is one word too many for/, help(' key list')),
  row(
    'a key as a word',
    ['audit', 'show', 'card#1'],
    '2 USAGE',
    /one word too many/,
    /^keyrite audit show --key 'card#1'$/,
  ),
  row(
    'the help of half a command',
    ['help', 'rotate'],
    '2 USAGE',
    /^there is no command or topic "rotate"$/,
    /^keyrite key rotate --help$/,
  ),
  row(
    'the help of a verb alone',
    ['help', 'drill'],
    '2 USAGE',
    /^there is no command or topic "drill"$/,
    /^keyrite quorum drill --help$/,
  ),
  row(
    'the help of a mistyped one',
    ['help', 'key', 'destory'],
    '2 USAGE',
    /"key destory"$/,
    /^keyrite help key destroy$/,
  ),
  row(
    'help of an unknown noun',
    ['restore', '--help'],
    '2 USAGE',
    /^unknown command "restore"/,
    help(' backup restore'),
  ),
  row(
    'help of an unknown verb',
    ['key', 'lst', '--help'],
    '2 USAGE',
    /"lst" \(Did you mean list\?\)/,
    help(' key list'),
  ),
  ...(
    [
      [['key', 'generate', '--type', 'aes-256'], 'NAME'],
      [['key', 'generate', 'x'], '--type TYPE'],
      [['key', 'rotate'], 'NAME'],
      [['key', 'show'], 'NAME'],
      [['key', 'destroy'], 'NAME#V'],
      [['key', 'suspend'], 'NAME#V'],
      [['key', 'suspend', 'card'], '--reason TEXT'],
      [['backup', 'create'], 'FILE'],
      [['backup', 'verify'], 'FILE'],
      [['backup', 'restore'], 'FILE'],
      [['backup', 'restore', 'shares/alice.share.txt'], '--checkpoint FILE'],
      [['partition', 'init'], 'NAME'],
    ] as const
  ).map(([args, flag]) =>
    row(
      `missing: ${args.join(' ')}`,
      [...args],
      '2 INPUT-MISSING',
      new RegExp(`and ${flag} was not given$`),
      /^NAME/.test(flag) && args[0] === 'key' && args[1] !== 'generate'
        ? /^keyrite key list$/
        : new RegExp(
            `^keyrite ${args.join(' ')} --json --no-input ${flag}(  # or, where nobody has one: keyrite ${args.join(' ')} --json --no-input --no-checkpoint)?$`,
          ),
    ),
  ),
  row('an option without its value', making('x', '--type'), '2 USAGE', /^--type wants a value/, help(' key generate')),
  row(
    'an argument left out',
    ['config', 'set'],
    '2 INPUT-MISSING',
    /^setting is not given: module, profile, pin-prefix, so-type, user-type, library-parameters, env$/,
    help(' config set'),
  ),
  row(
    'a version where a name is meant',
    ['key', 'rotate', 'card#1'],
    '2 NAME',
    /^rotate takes the name without/,
    /^keyrite key rotate card$/,
  ),
]

const keyNames = ['Card', 'card#1', '', '.card', 'a'.repeat(64), 'card\t', 'card\u202e']
const names: Row[] = [
  ...keyNames.map((name) =>
    row(
      `key ${JSON.stringify(name)}`,
      aes(name),
      '2 NAME',
      /is not a valid key name: start with a-z or 0-9|names a version/,
      help(' key generate'),
    ),
  ),
  ...['card#0', 'card#x', 'card#1#2', 'Card#1'].map((name) =>
    row(
      `key version ${name}`,
      ['key', 'show', name],
      '2 NAME',
      /is not a valid key (version|name): /,
      help(' key show'),
    ),
  ),
  ...['Pay', '../pay', '1pay', 'p'.repeat(33), 'constructor'].map((name) =>
    row(
      `partition ${name}`,
      ['--partition', name, 'key', 'list'],
      '2 NAME',
      /is not a valid partition name: /,
      help(' key list'),
    ),
  ),
  ...['Alice', 'al ice', '../alice', 'alice.x'].map((name) =>
    row(
      `custodian ${name}`,
      init([], '--custodian', name),
      '2 NAME',
      /is not a valid custodian name: /,
      help(' partition init'),
    ),
  ),
  row(
    'a custodian of a group',
    ['partition', 'init', 'more', '--module', softhsm, '--group', 'ops:so,user,recovery:2:alice,Bob'],
    '2 NAME',
    /"Bob" is not a valid custodian name/,
    help(' partition init'),
  ),
]

const values: Row[] = [
  ...['tomorrow', '2026-02-30T00:00:00Z', '2026-12-01T00:00:00+01:00', '2026-02-30'].map((time) =>
    row(
      `time ${time}`,
      aes('x', '--activate-at', time),
      '2 TIME',
      /is not a valid time: write it like/,
      help(' key generate'),
    ),
  ),
  row(
    'a time that is past',
    aes('x', '--activate-at', '2026-01-01'),
    '2 USAGE',
    /^2026-01-01T00:00:00\.000Z is past/,
    /^leave --activate-at out: the key is active at once$/,
  ),
  ...['1m', '8d', '5', 'soon'].map((time) =>
    row(
      `expiry ${time}`,
      aes('x', '--expires', time),
      '2 USAGE',
      /is not a duration from 5m to 7d/,
      help(' key generate'),
    ),
  ),
  ...['0', '1.5', 'many', '100001'].map((count) =>
    row(
      `count ${count}`,
      aes('x', '--count', count),
      '2 USAGE',
      /^--count must be .* to 100000/,
      help(' key generate'),
    ),
  ),
  row('timeout', ['--timeout', '0', 'key', 'list'], '2 USAGE', /^--timeout must be/, help(' key list')),
  row(
    'a type',
    making('x', '--type', 'des'),
    '2 USAGE',
    /^"des" is not a key type$/,
    /^one of: aes-256, aes-192, aes-128/,
  ),
  row('a state', ['key', 'list', '--state', 'x'], '2 USAGE', /^"x" is not a state$/, /^one of: pre-active, active/),
  row('a usage', aes('x', '--usage', 'fly'), '2 USAGE', /^"fly" is not a usage$/, /^one of: encrypt, decrypt/),
  row(
    'a usage that the type lacks',
    making('x', '--type', 'ec-p256', '--usage', 'encrypt'),
    '2 USAGE-POSSIBLE',
    /^ec-p256 can't encrypt$/,
    /^it can: sign, verify, derive$/,
  ),
  row(
    'a key that wraps and decrypts',
    aes('x', '--usage', 'wrap,decrypt'),
    '2 USAGE-SEPARATE',
    /may not both wrap and decrypt/,
    help(' key generate'),
  ),
  row(
    'an anchor',
    ['audit', 'verify', '--anchor', 'K7QD'],
    '2 CODE',
    /^"K7QD" is not a valid code: /,
    help(' audit verify'),
  ),
  row(
    'an anchor with a slip of the hand',
    ['audit', 'verify', '--anchor', 'AAAAA BBBBB CCCCC DDDDD EEEEK'],
    '2 CODE',
    /^".*" is mistyped: its check character is wrong$/,
    /^compare it with the note, letter by letter$/,
  ),
]

const rosters: Row[] = [
  ['threshold of 1', init(['--threshold'], '--threshold', '1'), '2 USAGE', /^--threshold must be .* from 2 to 255/],
  [
    'threshold above N',
    init(['--threshold'], '--threshold', '4'),
    '2 ROSTER-THRESHOLD',
    /^the threshold of custodians is 4, of 3 custodians$/,
  ],
  ['a custodian twice', init([], '--custodian', 'bob'), '2 ROSTER-NAMES', /^bob is named twice$/],
].map(([name, args, ending, says]) =>
  row(name as string, args as Row['args'], ending as string, says as RegExp, help(' partition init')),
)

const withoutHome = { spoil: (place: TestPartition) => renameSync(place.home, place.path('elsewhere')) }

const partitions: Row[] = [
  row(
    'an unknown partition',
    ['--partition', 'nope', 'key', 'list'],
    '2 PARTITION-KNOWN',
    /no partition is called nope; there is: pay$/,
    /^keyrite partition list$/,
  ),
  row(
    'the hint finds the same home and partition',
    ({ home }) => ['key', 'show', 'nope', '--home', home, '--partition', 'pay'],
    '3 KEY-EXISTS',
    /^no key is called nope$/,
    /^keyrite --home \/.*home --partition pay key list$/,
  ),
  row(
    'a reason that could steer a terminal',
    (place) => generate(place, '--reason', 'x\x1b[2Jy'),
    '2 TEXT',
    /^"x\\u\{1b\}\[2Jy" holds U\+001B, a control character$/,
    /./,
  ),
  row(
    'a reason of two lines',
    (place) => generate(place, '--reason', 'a\nb'),
    '2 TEXT',
    /holds U\+[0-9A-F]+, a control character$/,
    /./,
  ),
  row(
    'a reason that nobody reads',
    (place) => generate(place, '--reason', 'x'.repeat(501)),
    '2 TEXT',
    /^the reason has 501 characters; 500 at the most$/,
    /./,
  ),
  row(
    'a command that could steer a terminal',
    ['\x1b[2J'],
    '2 USAGE',
    /^unknown command "\\u\{1b\}\[2J"$/,
    /^keyrite --help$/,
  ),
  row(
    'several partitions',
    ['key', 'list'],
    '2 PARTITION-KNOWN',
    /^there are several partitions: other, pay$/,
    /^say which: --partition NAME, or export KEYRITE_PARTITION=NAME/,
    { spoil: (place) => cpSync(place.path('home', 'pay'), place.path('home', 'other'), { recursive: true }) },
  ),
  row(
    'no partition',
    ['key', 'list'],
    '2 PARTITION-KNOWN',
    /^there is no partition in .*home$/,
    /^with a copy of the ledger: keyrite key list .*--ledger FILE {2}# where /,
    withoutHome,
  ),
  row(
    'no partition, at a second machine',
    ['station', 'request', '--out', 'F'],
    '2 PARTITION-KNOWN',
    /^there is no partition in .*home$/,
    /^first copy ledger\.jsonl and checkpoint .* to HOME\/NAME here/,
    withoutHome,
  ),
  row(
    'no partition, and a change',
    generate,
    '2 PARTITION-KNOWN',
    /^there is no partition in .*home$/,
    /--home DIR {2}# .*station request --help {2}# to begin a new partition: keyrite partition init --help$/,
    withoutHome,
  ),
]

const RECIPIENT = 'age1egz3k7eqj5v4zjle937uw7avue22x78a2u3zuvj30grw5pdz6a5sxsg0t3'
const MISSING = '2 INPUT-MISSING'

const flags: Row[] = [
  row(
    'no shares folder',
    init(['--shares-dir']),
    MISSING,
    /share files should go is not given/,
    /^keyrite partition init more .* --shares-dir DIR$/,
  ),
  row(
    'no custodian',
    init(['--custodian', '--threshold']),
    MISSING,
    /^nobody is named$/,
    /^keyrite partition init more .* --custodian alice --cust/,
  ),
  row(
    'no threshold',
    init(['--threshold']),
    MISSING,
    /how many .* must agree is not given/,
    /^keyrite partition init more .* --threshold 2$/,
  ),
  row(
    'no passphrase for a new share',
    init(['--unsafe-plain-shares']),
    MISSING,
    /^no passphrase is given for the share of alice$/,
    /^keyrite partition init more .* --passphrase-file alice=FILE$/,
  ),
  row(
    'no passphrase for a share',
    (place) => aes('x', '--share', place.share('bob')),
    MISSING,
    /--passphrase-file bob=FILE was not given$/,
    /^keyrite .* --passphrase-file bob=FILE$/,
    { kind: 'sealed' },
  ),
  row(
    'no identity for a recipient',
    init([], '--recipient', `bob=${RECIPIENT}`),
    MISSING,
    /^bob will have to read the share back/,
    /^keyrite .* --identity FILE$/,
  ),
  row(
    'erasing without the name',
    erasing(),
    MISSING,
    /--confirm more was not given$/,
    /^keyrite partition init more .* --confirm more$/,
  ),
  row(
    'erasing without the SO PIN',
    erasing('--confirm', 'more'),
    MISSING,
    /--so-pin-file FILE was not given$/,
    /^keyrite partition init more .* --so-pin-file FILE$/,
  ),
]

export const commandLine: Row[] = [commands, names, values, rosters, partitions, flags].flat()
