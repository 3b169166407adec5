// Modules and tokens that are not there, not what they should be, or not able.
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { environment } from '../../support/keyrite.ts'
import { type Fault, faultyModule, scriptEnv, testModule } from '../../support/module.ts'
import type { TestPartition } from '../../support/partition.ts'
import { inRepo } from '../../support/paths.ts'
import { softhsm } from '../../support/softhsm.ts'
import { erasing, init } from './command-line.ts'
import { generate, type Row, row } from './row.ts'

const list = (module: string) => ['token', 'list', '--module', module]
const NAME_IT = /^name the PKCS#11 library of your HSM: --module PATH$/
/** A library of the right kind of machine that knows nothing of PKCS#11. */
const stranger = inRepo('node_modules/pkcs11js/build/Release/pkcs11.node')

const modules: Row[] = [
  row('absent', list('/nowhere.so'), '2 MODULE-MISSING', /^the module \/nowhere\.so does not exist$/, NAME_IT),
  row('a folder', list('/usr'), '2 MODULE-MISSING', /^the module \/usr is not a file$/, NAME_IT),
  row(
    'a text file',
    list(inRepo('package.json')),
    '4 MODULE-INVALID',
    /package\.json is not a shared library/,
    NAME_IT,
  ),
  row('not PKCS#11', list(stranger), '4 MODULE-INVALID', /pkcs11\.node is not a PKCS#11 library/, NAME_IT),
  row(
    'absent for a new partition',
    init(['--module'], '--module', '/nowhere.so'),
    '2 MODULE-MISSING',
    /does not exist/,
    NAME_IT,
  ),
]

/** The partition is reached through a module with this fault. */
const through = (fault: Fault) => ({
  spoil: (place: TestPartition) => place.useModule(faultyModule(fault).module),
  options: () => ({ env: faultyModule(fault).env }),
})

const faults: Row[] = [
  row(
    'it crashes',
    generate,
    '4 MODULE-CRASHED',
    /^the module crashed in slots \(SIGABRT\)$/,
    /^keyrite doctor$/,
    through('crashes'),
  ),
  row(
    'it hangs',
    (place) => ['--timeout', '1', ...generate(place)],
    '4 MODULE-TIMEOUT',
    /^the module did not finish slots within 1 s$/,
    /--timeout/,
    through('hangs'),
  ),
  row(
    'it lacks a type',
    (place) => generate(place, '--type', 'ed25519'),
    '4 MECHANISM',
    /^the token can't make ed25519: .*CKM_EC_EDWARDS_KEY_PAIR_GEN/,
    /^keyrite token list/,
    through('lacks-edwards'),
  ),
  row(
    'it can not wrap a type',
    (place) => generate(place, '--type', 'ed25519'),
    '3 BACKUP-POSSIBLE',
    /^the token can't wrap ed25519/,
    /--no-backup$/,
  ),
]

const slotOf = async (place: TestPartition): Promise<string> => {
  const { slots } = await place.data('token', 'list', '--module', softhsm, '--no-probe')
  return `${slots.find(({ token }: { token?: { label: string } }) => token?.label === 'pay').slot}`
}

const emptied = (place: TestPartition): void => {
  renameSync(place.path('tokens'), place.path('other-tokens'))
  mkdirSync(place.path('tokens'))
}

function swapped(place: TestPartition): void {
  emptied(place)
  const pins = ['--so-pin', '12345678', '--pin', '1234']
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', 'other', ...pins], {
    env: environment({ env: place.folder.env }),
  })
}

const LIST = /^keyrite token list --module \/.* # the ledger knows of no backup: .*: keyrite backup restore --help$/
const tokens: Row[] = [
  row('no token', generate, '4 TOKEN-PRESENT', /^the token [0-9a-f]{16} is not there, nor any other$/, LIST, {
    spoil: emptied,
  }),
  row('another token', generate, '5 TOKEN-SERIAL', /\(pay\) is not there; there is [0-9a-f]{16} \(other\)$/, LIST, {
    spoil: swapped,
  }),
  row(
    'no such slot',
    init([], '--slot', '77'),
    '4 TOKEN-PRESENT',
    /^there is no token in slot 77$/,
    /^keyrite token list/,
  ),
  row(
    'initialised already',
    async (place) => init([], '--slot', await slotOf(place))(place),
    '3 TOKEN-BLANK',
    /is initialised already: pay, [0-9a-f]{16}$/,
    /--erase-token [0-9a-f]{16}$/,
  ),
  row(
    'no such token to erase',
    init([], '--erase-token', '00'),
    '4 TOKEN-PRESENT',
    /^no token with serial 00 is there$/,
    /^keyrite token list/,
  ),
  row(
    'the wrong SO PIN to erase it',
    erasing('--confirm', 'more', '--so-pin-file', 'so-pin'),
    '3 SO-PIN',
    /^so-pin does not hold the SO PIN of the token [0-9a-f]{16}; that cost a try, and /,
    /^a wrong PIN costs a try/,
    { spoil: (place) => writeFileSync(place.path('so-pin'), '1234', { mode: 0o600 }), login: true },
  ),
  row(
    'the wrong name to erase it',
    erasing('--confirm', 'pay', '--so-pin-file', 'so-pin'),
    '3 CONFIRMED',
    /^--confirm says "pay", not more$/,
    /^keyrite partition init more .* --confirm more$/,
  ),
  row(
    'a partition of that name',
    (place) => init([])(place).map((word) => (word === 'more' ? 'pay' : word)),
    '3 PARTITION-NEW',
    /^partition pay exists already$/,
    /^keyrite --partition pay partition show$/,
  ),
]

/** A token that says this of its PINs can't have those of shares: it is left as it is. */
const withPins = (said: string) => ({ options: () => ({ env: scriptEnv([`C_GetTokenInfo * ${said}`]) }) })
const ours = ['--module', testModule()]
const PAD = withPins('flags CKF_PROTECTED_AUTHENTICATION_PATH')
const TOKENS = /^keyrite token list --module \/\S+module\.so$/

const pins: Row[] = [
  row(
    'a PIN pad',
    init(['--module'], ...ours),
    '4 PIN-PAD',
    /typed at the device, and takes none from here$/,
    TOKENS,
    PAD,
  ),
  row(
    'a PIN pad of a token to erase',
    erasing(...ours, '--confirm', 'more', '--so-pin-file', 'so-pin'),
    '4 PIN-PAD',
    /typed at the device/,
    TOKENS,
    PAD,
  ),
  row(
    'PINs that are too short',
    init(['--module'], ...ours),
    '4 SHORT-PIN',
    /^the token takes PINs of at most 15 characters, which leaves 15 to derive: 75 bits, where 80 are needed$/,
    /^where the token locks them after a few wrong tries this may do: keyrite partition init .* --accept short-pin$/,
    withPins('info max-pin=15'),
  ),
  row(
    'PINs that are too long',
    init(['--module'], ...ours),
    '4 LONG-PIN',
    /^the token takes PINs of at least 33 characters; those of shares have 32$/,
    TOKENS,
    withPins('info min-pin=33'),
  ),
]

export const module: Row[] = [modules, faults, tokens, pins].flat()
