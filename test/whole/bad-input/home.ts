// A home that others can change, that leads elsewhere, or in which something is broken or in the way.
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { TestPartition } from '../../support/partition.ts'
import { probeEnv } from '../../support/probe.ts'
import { makeFolder } from '../../support/softhsm.ts'
import { init } from './command-line.ts'
import { generate, type Row, row } from './row.ts'

const opened = (mode: number, ...path: string[]) => ({
  spoil: (place: TestPartition) => chmodSync(place.path('home', ...path), mode),
})

/** What is there moves aside, and a link leads to it. */
const linked = (...path: string[]) => ({
  spoil: (place: TestPartition) => {
    renameSync(place.path(...path), place.path('aside'))
    symlinkSync(place.path('aside'), place.path(...path))
  },
})

const OPEN = '3 HOME-OPEN'
const exposed: Row[] = [
  row(
    'home open to others',
    generate,
    OPEN,
    /home is open to others \(mode 0755\)$/,
    /^chmod 700 .*home$/,
    opened(0o755),
  ),
  row(
    'home open, and somebody only reads',
    ['key', 'list'],
    OPEN,
    /home is open to others/,
    /^chmod 700 /,
    opened(0o750),
  ),
  row(
    'folder open to others',
    generate,
    OPEN,
    /pay is open to others \(mode 0701\)$/,
    /^chmod 700 .*pay$/,
    opened(0o701, 'pay'),
  ),
  row(
    'ledger open to others',
    generate,
    OPEN,
    /ledger\.jsonl is open to others/,
    /^chmod 600 /,
    opened(0o640, 'pay', 'ledger.jsonl'),
  ),
  row(
    'settings open to others',
    generate,
    OPEN,
    /config\.json is open to others \(mode 0620\)/,
    /^chmod 600 /,
    opened(0o620, 'config.json'),
  ),
  row('home is a link', generate, '3 FILE-LINK', /home is a symbolic link$/, /^ls -ld /, linked('home')),
  row(
    'ledger is a link',
    generate,
    '3 FILE-LINK',
    /ledger\.jsonl is a symbolic link$/,
    /^ls -l /,
    linked('home', 'pay', 'ledger.jsonl'),
  ),
  row(
    'ledger is a link, and somebody only checks',
    ['audit', 'verify'],
    '3 FILE-LINK',
    /symbolic link$/,
    /^ls -l /,
    linked('home', 'pay', 'ledger.jsonl'),
  ),
  row(
    'configuration is a link',
    generate,
    '3 FILE-LINK',
    /config\.json is a symbolic link$/,
    /^ls -l /,
    linked('home', 'config.json'),
  ),
]

const written = (text: string, ...path: string[]) => ({
  spoil: (place: TestPartition) => writeFileSync(place.path('home', ...path), text, { mode: 0o600 }),
})

const removed = (...path: string[]) => ({ spoil: (place: TestPartition) => rmSync(place.path('home', ...path)) })

const CONFIG = '2 CONFIG'
const MODULE_HINT = /^keyrite --partition pay config set module PATH$/
const broken: Row[] = [
  row(
    'configuration is not JSON',
    generate,
    CONFIG,
    /config\.json can't be read as JSON$/,
    /^jq \. \//,
    written('{', 'config.json'),
  ),
  row(
    'configuration is empty',
    generate,
    CONFIG,
    /config\.json can't be read as JSON$/,
    /^jq \. \//,
    written('', 'config.json'),
  ),
  row('configuration is null', generate, CONFIG, /config\.json/, /./, written('null', 'config.json')),
  row(
    'configuration names no module',
    generate,
    CONFIG,
    /config\.json has a setting that is not as it should be: "partitions\.pay\.module"$/,
    /^jq \. \//,
    written('{"partitions":{"pay":{"module":7}}}', 'config.json'),
  ),
  row(
    'configuration has a setting that nobody knows',
    generate,
    CONFIG,
    /config\.json has a setting that keyrite does not know: "partitions\.pay\.pinPrefx"$/,
    /^jq \. \//,
    written('{"partitions":{"pay":{"module":"/x.so","pinPrefx":"0001"}}}', 'config.json'),
  ),
  row(
    'configuration of a newer keyrite',
    generate,
    CONFIG,
    /config\.json was written by a newer keyrite \(version 2\)$/,
    /^keyrite --version$/,
    written('{"version":2,"partitions":{},"more":1}', 'config.json'),
  ),
  row(
    'configuration is missing',
    generate,
    CONFIG,
    /names no PKCS#11 module for partition pay$/,
    MODULE_HINT,
    removed('config.json'),
  ),
  row(
    'ledger is missing',
    generate,
    '5 LEDGER-PRESENT',
    /^the ledger of pay is missing: \//,
    /./,
    removed('pay', 'ledger.jsonl'),
  ),
  row(
    'ledger is missing, and somebody checks',
    ['audit', 'verify'],
    '5 LEDGER-PRESENT',
    /is missing/,
    /./,
    removed('pay', 'ledger.jsonl'),
  ),
  row(
    'ledger is missing, and somebody looks',
    ['audit', 'show'],
    '5 LEDGER-PRESENT',
    /is missing/,
    /./,
    removed('pay', 'ledger.jsonl'),
  ),
  row(
    'home is a file',
    (place) => ['--home', place.passphraseFile('bob'), 'key', 'list'],
    '3 FILE-KIND',
    /bob is not a folder$/,
    /^ls -ld /,
  ),
  row(
    'home is a file, for a new partition',
    (place) => ['--home', place.passphraseFile('bob'), ...init([])(place)],
    '3 DISK',
    /bob\/more: not a folder$/,
    /^ls -ld /,
  ),
  row(
    'home in a folder that is none',
    (place) => ['--home', '/dev/null/home', ...init([])(place)],
    '3 DISK',
    /not a folder$/,
    /^ls -ld /,
  ),
]

const inTheWay: Row[] = [
  row(
    'a share file is there',
    init(['--shares-dir'], '--shares-dir', 'shares'),
    '3 FILE-EXISTS',
    /bob\.share\.txt exists already$/,
    /choose another --shares-dir$/,
    { spoil: (place) => rmSync(place.share('alice')) },
  ),
  row(
    'no shares folder',
    init(['--shares-dir'], '--shares-dir', 'nowhere'),
    '2 SHARES-DIR',
    /^there is no folder \/.*\/nowhere for the share files$/,
    /^mkdir -m 700 \//,
  ),
  row(
    'the backup is there',
    (place) => ['backup', 'create', 'all.backup', ...place.approvedBy('alice', 'bob')],
    '3 FILE-EXISTS',
    /all\.backup exists already$/,
    /^choose another name$/,
    { spoil: (place) => writeFileSync(place.path('all.backup'), '') },
  ),
  row(
    'a folder where the backup goes',
    (place) => ['backup', 'create', 'all.backup', ...place.approvedBy('alice', 'bob')],
    '3 FILE-EXISTS',
    /all\.backup exists already$/,
    /^choose another name$/,
    { spoil: (place) => mkdirSync(place.path('all.backup')) },
  ),
]

/** Nothing more can be written where the home lies. */
const fullDisk = {
  options: (place: TestPartition) => {
    const env = probeEnv({ folder: makeFolder('full'), roots: [place.home], full: 1 })
    return { env: { ...place.folder.env, ...env } }
  },
}

const full: Row[] = [row('the disk is full', generate, '3 DISK', /the disk is full$/, /^(df|ls -ld) \//, fullDisk)]

export const home: Row[] = [exposed, broken, inTheWay, full].flat()
