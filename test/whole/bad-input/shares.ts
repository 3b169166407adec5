// Shares that do not count: too few, twice, of somebody else, damaged, locked, or not kept to oneself.
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { blank, initArgs, type TestPartition } from '../../support/partition.ts'
import { init } from './command-line.ts'
import { type Row, row } from './row.ts'

const making = (...flags: string[]) => ['key', 'generate', 'new', '--type', 'aes-256', ...flags]
const share = (place: TestPartition, path: string) => making('--share', path, ...place.approvedBy('bob'))

/** Writes a private file among the shares, and gives its path. */
const write = (place: TestPartition, name: string, text: string): string => {
  writeFileSync(place.path('shares', name), text, { mode: 0o600 })
  return place.path('shares', name)
}

/** One character of the share is another. */
function mistype(place: TestPartition): void {
  const text = readFileSync(place.share('alice'), 'utf8')
  const wrong = text.replace(/^(krs1.{30})(.)/m, (_, start, letter) => `${start}${letter === 'q' ? 'p' : 'q'}`)
  write(place, 'alice.share.txt', wrong)
}

/** A share of another partition, with custodians of the same names. */
async function takeForeign(place: TestPartition): Promise<void> {
  using other = blank()
  await other.data(...initArgs(other))
  write(place, 'alice.share.txt', readFileSync(other.share('alice'), 'utf8'))
}

/** Seals a share with age for somebody whose identity nobody has here. */
function sealForStranger(place: TestPartition): void {
  const keygen = () => execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [, recipient] = /public key: (age1\S+)/.exec(keygen())!
  const sealed = execFileSync('age', ['-a', '-r', recipient!], { input: readFileSync(place.share('alice')) })
  write(place, 'alice.share.age', sealed.toString())
  write(place, 'identity', keygen())
}

const sealedAlice = (place: TestPartition) => place.path('shares', 'alice.share.age')

const counting: Row[] = [
  row(
    'one too few',
    (place) => making(...place.approvedBy('alice')),
    '3 QUORUM-MET',
    /^1 of 2 custodians have approved$/,
    /--share FILE$/,
    { denied: true },
  ),
  row('none', making(), '3 QUORUM-MET', /^0 of 2 custodians have approved$/, /--share FILE$/, { denied: true }),
  row(
    'the same twice',
    (place) => making(...place.approvedBy('alice', 'alice')),
    '3 SHARE-REPEATED',
    /alice\.share\.txt: alice has approved already$/,
    /other than alice$/,
    { denied: true, data: { custodian: 'alice', group: 'custodians' } },
  ),
  row(
    'of another partition',
    (place) => share(place, place.share('alice')),
    '3 SHARE-FOREIGN',
    /alice\.share\.txt: .*of another partition, or of none$/,
    /^keyrite quorum show$/,
    { denied: true, spoil: takeForeign },
  ),
]

const damaged: Row[] = [
  row(
    'a character changed',
    (place) => share(place, place.share('alice')),
    '3 SHARE-CHECKSUM',
    /alice\.share\.txt: a character is wrong, in group 9 of 23: /,
    /^compare it/,
    { denied: true, spoil: mistype },
  ),
  row(
    'no share at all',
    (place) => share(place, place.path('softhsm2.conf')),
    '3 SHARE-FILE',
    /softhsm2\.conf is not a share file: neither an age file nor a share$/,
    /--share NAME\.share\.age$/,
    { denied: true, spoil: (place) => chmodSync(place.path('softhsm2.conf'), 0o644) },
  ),
  row(
    'by a descriptor, not a share',
    making('--share-fd', '0'),
    '3 SHARE-CHECKSUM',
    /^line 2 of --share-fd 0: this is not a keyrite share/,
    /^compare it/,
    {
      denied: true,
      options: (place) => ({ input: `# of alice\n\n${readFileSync(place.share('alice'), 'utf8')}hello\n` }),
    },
  ),
  row(
    'a descriptor that is not open',
    making('--share-fd', '987'),
    '2 USAGE',
    /^--share-fd 987 cannot be read/,
    /^keyrite key generate --help$/,
  ),
]

const locked: Row[] = [
  row(
    'wrong passphrase',
    (place) => making('--share', place.share('alice'), '--passphrase-file', `alice=${place.passphraseFile('bob')}`),
    '3 SHARE-PASSPHRASE',
    /alice\.share\.age: wrong passphrase$/,
    /^(?!.*alice=.*alice=)keyrite .* --passphrase-file alice=FILE$/,
    { kind: 'sealed', denied: true },
  ),
  row(
    "another custodian's passphrase",
    (place) => making('--share', place.share('alice'), '--passphrase-file', `bob=${place.passphraseFile('bob')}`),
    '2 INPUT-MISSING',
    /and --passphrase-file alice=FILE was not given$/,
    /^keyrite .* --passphrase-file alice=FILE$/,
    { kind: 'sealed' },
  ),
  row(
    'a passphrase of nobody',
    (place) => making('--share', place.share('alice'), '--passphrase-file', `alise=${place.passphraseFile('bob')}`),
    '2 USAGE',
    /^--passphrase-file: alise is not a custodian of this partition; did you mean alice\?$/,
    /^custodians: alice, bob, carol$/,
    { kind: 'sealed' },
  ),
  row(
    'no identity',
    (place) => share(place, sealedAlice(place)),
    '3 SHARE-IDENTITY',
    /alice\.share\.age: this share file is for an age recipient$/,
    /--identity FILE$/,
    { denied: true, spoil: sealForStranger },
  ),
  row(
    'wrong identity',
    (place) => [...share(place, sealedAlice(place)), '--identity', place.path('shares', 'identity')],
    '3 SHARE-IDENTITY',
    /alice\.share\.age: none of the age identities opens/,
    /--identity FILE$/,
    { denied: true, spoil: sealForStranger },
  ),
  row(
    'no passphrase file',
    (place) => [...share(place, place.share('alice')), '--passphrase-file', 'nowhere'],
    '2 FILE-MISSING',
    /there is no such passphrase file; what was given is not repeated, for it may be the secret itself$/,
    /^give the name of a file that holds it$/,
    { kind: 'sealed' },
  ),
  row(
    'an empty passphrase for a new share',
    init(['--unsafe-plain-shares'], '--passphrase-file', 'empty'),
    '3 SHARE-PASSPHRASE',
    /^empty is empty: an empty passphrase protects nothing$/,
    /^choose one/,
    { spoil: (place) => writeFileSync(place.path('empty'), '\n', { mode: 0o600 }) },
  ),
]

const exposed: Row[] = [
  row(
    'open to others',
    (place) => share(place, place.share('alice')),
    '3 SHARE-OPEN',
    /alice\.share\.txt is open to others \(mode 0640\)$/,
    /^chmod 600 .*alice\.share\.txt$/,
    { spoil: (place) => chmodSync(place.share('alice'), 0o640) },
  ),
  row(
    'a link',
    (place) => share(place, place.path('link')),
    '3 SHARE-FILE',
    /link is a symbolic link$/,
    /^name the file itself$/,
    { denied: true, spoil: (place) => symlinkSync(place.share('alice'), place.path('link')) },
  ),
  row(
    'a passphrase open to others',
    (place) => making(...place.approvedBy('alice')),
    '3 SECRET-OPEN',
    /passphrase file .*alice is open to others/,
    /^chmod 600 /,
    { kind: 'sealed', spoil: (place) => chmodSync(place.passphraseFile('alice'), 0o604) },
  ),
]

export const shares: Row[] = [counting, damaged, locked, exposed].flat()
