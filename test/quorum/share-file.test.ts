// The share file: what it says, what opens it, and what is said when it does not open. Debian's age is the other side.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { bech32 } from '@scure/base'
import { armor, Decrypter, Encrypter, generateHybridIdentity, identityToRecipient } from 'age-encryption'
import { EXIT } from '../../src/domain/errors.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { Openers, Share } from '../../src/quorum/port.ts'
import { encodeShare, makeShares } from '../../src/quorum/share.ts'
import * as files from '../../src/quorum/share-file.ts'
import { folder, newSecret, PARTITION, rule, secretOf } from './helpers.ts'

const HINTS = { partition: PARTITION, group: 'ops', epoch: 2, custodian: 'alice', threshold: '2/3' }
const COST = 10
const NONE: Openers = { passphrases: [], identities: [] }
const withPassphrases = (...texts: string[]): Openers => ({ ...NONE, passphrases: texts.map(secretOf) })
const withIdentities = (...texts: string[]): Openers => ({ ...NONE, identities: texts.map(secretOf) })

const newShare = async (): Promise<Share> => (await makeShares(newSecret(), 3, 2))[0]!
const textOf = async (share?: Share): Promise<string> => files.formatShareFile(share ?? (await newShare()), HINTS)
const locked = (text: string, passphrase: string) =>
  files.sealShareFile(text, { kind: 'passphrase', passphrase: secretOf(passphrase), cost: COST })

/** A new identity of Debian's age: its file, its text, its recipient. */
function newIdentity(t: TestContext) {
  const path = join(folder(t), 'identity')
  execFileSync('age-keygen', ['-o', path], { stdio: 'pipe' })
  const recipient = execFileSync('age-keygen', ['-y', path], { encoding: 'utf8' }).trim()
  return { path, text: readFileSync(path, 'utf8'), recipient }
}

async function opensAs(bytes: Uint8Array, openers: Openers, share: Share, protection: string) {
  const opened = await files.openShareFile(bytes, openers)
  assert.deepEqual(opened.share.payload.reveal(), share.payload.reveal())
  assert.deepEqual(opened.hints, HINTS)
  assert.equal(opened.protection, protection)
}

test('the plaintext is five hints and the share', async () => {
  const share = await newShare()
  const hints = `# partition: ${PARTITION}\n# group: ops\n# epoch: 2\n# custodian: alice\n# threshold: 2/3\n`
  assert.equal(files.formatShareFile(share, HINTS), `${hints}${encodeShare(share)}\n`)
})

test('a plain file opens with nothing, also with other line ends and broken in two', async () => {
  const share = await newShare()
  const text = await textOf(share)
  const bytes = await files.sealShareFile(text, { kind: 'plain' })
  assert.equal(Buffer.from(bytes).toString(), text)
  const broken = text.replace(encodeShare(share), (line) => `${line.slice(0, 40)}\n${line.slice(40)}`)
  for (const spelling of [text, text.replaceAll('\n', '\r\n'), `\ufeff${text}`, broken, text.trim()]) {
    await opensAs(Buffer.from(spelling), NONE, share, 'plain')
  }
  assert.equal(await files.shareFileProtection(bytes), 'plain')
})

test('a passphrase file opens with its passphrase among others, armored or binary', async () => {
  const share = await newShare()
  const bytes = await locked(await textOf(share), 'correct horse, Größe')
  assert.match(Buffer.from(bytes).toString(), /^-----BEGIN AGE ENCRYPTED FILE-----\n/)
  const openers = withPassphrases('wrong', 'correct horse, Größe')
  await opensAs(bytes, openers, share, 'passphrase')
  await opensAs(armor.decode(Buffer.from(bytes).toString()), openers, share, 'passphrase')
  assert.equal(await files.shareFileProtection(bytes), 'passphrase')
})

test('the passphrase part is that of the age package, both ways', async () => {
  const share = await newShare()
  const text = await textOf(share)
  const decrypter = new Decrypter()
  decrypter.addPassphrase('ours')
  const ours = armor.decode(Buffer.from(await locked(text, 'ours')).toString())
  assert.equal(await decrypter.decrypt(ours, 'text'), text)
  const encrypter = new Encrypter()
  encrypter.setPassphrase('theirs')
  encrypter.setScryptWorkFactor(COST)
  await opensAs(await encrypter.encrypt(text), withPassphrases('theirs'), share, 'passphrase')
})

test('age -d opens a file that was made for a recipient', async (t) => {
  const { path, text: identity, recipient } = newIdentity(t)
  const share = await newShare()
  const text = await textOf(share)
  const bytes = await files.sealShareFile(text, { kind: 'recipient', recipient: files.parseRecipient(recipient) })
  assert.equal(execFileSync('age', ['-d', '-i', path], { input: bytes, encoding: 'utf8' }), text)
  await opensAs(bytes, withIdentities(newIdentity(t).text, identity), share, 'recipient')
  assert.equal(await files.shareFileProtection(bytes), 'recipient')
})

test('a file that age made for a recipient opens, armored and binary, also among several recipients', async (t) => {
  const [mine, other] = [newIdentity(t), newIdentity(t)]
  const share = await newShare()
  const input = await textOf(share)
  for (const flags of [[], ['-a'], ['-a', '-r', other.recipient]]) {
    const bytes = execFileSync('age', ['-e', ...flags, '-r', mine.recipient], { input })
    await opensAs(bytes, withIdentities(mine.text), share, 'recipient')
  }
})

test('a post-quantum recipient works too', async () => {
  const identity = await generateHybridIdentity()
  const recipient = files.parseRecipient(await identityToRecipient(identity))
  const share = await newShare()
  const bytes = await files.sealShareFile(await textOf(share), { kind: 'recipient', recipient })
  await opensAs(bytes, withIdentities(`# comment\r\n${identity}\r\n`), share, 'recipient')
})

test('SHARE-PASSPHRASE and SHARE-PASSPHRASE-NEEDED', async (t) => {
  const bytes = await locked(await textOf(), 'right')
  await assert.rejects(
    files.openShareFile(bytes, withPassphrases('wrong', 'right ')),
    rule('SHARE-PASSPHRASE', /wrong/),
  )
  await assert.rejects(files.openShareFile(bytes, NONE), rule('SHARE-PASSPHRASE-NEEDED'))
  const identity = withIdentities(newIdentity(t).text)
  await assert.rejects(files.openShareFile(bytes, identity), rule('SHARE-PASSPHRASE-NEEDED'))
  await assert.rejects(locked(await textOf(), ''), rule('SHARE-PASSPHRASE', /empty/))
})

test('SHARE-IDENTITY: none given, none that fits, none that is one; the text is never repeated', async (t) => {
  const { recipient } = newIdentity(t)
  const bytes = await files.sealShareFile(await textOf(), { kind: 'recipient', recipient })
  const refusedFor = (openers: Openers, message: RegExp) =>
    assert.rejects(files.openShareFile(bytes, openers), rule('SHARE-IDENTITY', message))
  await refusedFor(withPassphrases('x'), /for an age recipient/)
  await refusedFor(withIdentities(newIdentity(t).text), /none of the age identities/)
  await refusedFor(withIdentities('# only a comment\n'), /for an age recipient/)
  for (const text of [
    'AGE-SECRET-KEY-1QQQQ',
    'AGE-PLUGIN-YUBIKEY-1QQQ',
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    '\u00ff',
  ]) {
    await refusedFor(withIdentities(text), /^an identity file holds a line that is not an age identity$/)
  }
  await refusedFor({ ...NONE, identities: [new Secret(Uint8Array.of(0xff, 0xfe))] }, /not an age identity/)
})

test('SHARE-FILE: neither an age file nor a share', async () => {
  const wrong = ['', 'hello\n', '# group: ops\n', '\u0000\u0001', '-----BEGIN CERTIFICATE-----\n']
  for (const text of wrong) {
    await assert.rejects(files.openShareFile(Buffer.from(text), NONE), rule('SHARE-FILE', /neither/), text)
  }
  await assert.rejects(files.openShareFile(Buffer.of(0xff, 0xfe, 0x00), NONE), rule('SHARE-FILE', /neither/))
  const inside = await locked('hello\n', 'x')
  await assert.rejects(files.openShareFile(inside, withPassphrases('x')), rule('SHARE-FILE', /neither/))
})

test('SHARE-CHECKSUM: a mistyped share in a file, and two shares in one', async () => {
  const text = await textOf()
  await assert.rejects(files.openShareFile(Buffer.from(text.slice(0, -3)), NONE), rule('SHARE-CHECKSUM', /too short/))
  await assert.rejects(files.openShareFile(Buffer.from(text + text), NONE), rule('SHARE-CHECKSUM', /too long/))
})

test('SHARE-FILE: a cut or changed age file is told apart from a wrong passphrase', async () => {
  const bytes = await locked(await textOf(), 'x')
  const binary = armor.decode(Buffer.from(bytes).toString())
  const changed = Uint8Array.from(binary)
  changed[changed.length - 5]! ^= 1
  const header = Buffer.from(binary).indexOf('\n--- ')
  const mac = Uint8Array.from(binary)
  mac[header + 8] = mac[header + 8] === 0x41 ? 0x42 : 0x41
  for (const damaged of [bytes.subarray(0, 100), binary.subarray(0, -1), binary.subarray(0, 30), changed, mac]) {
    await assert.rejects(files.openShareFile(damaged, withPassphrases('x')), rule('SHARE-FILE', /damaged or cut/))
  }
})

const scryptFile = (cost: string, salt = 'A'.repeat(22), more = '') =>
  Buffer.from(
    `age-encryption.org/v1\n-> scrypt ${salt} ${cost}\n${'A'.repeat(43)}\n${more}--- ${'A'.repeat(43)}\n${' '.repeat(40)}`,
  )

test('SHARE-FILE: a hostile scrypt cost is refused before any work', async () => {
  const openers = withPassphrases('x')
  const start = performance.now()
  for (const cost of ['23', '31', '64', '99']) {
    await assert.rejects(files.openShareFile(scryptFile(cost), openers), rule('SHARE-FILE', /more than 2\^22/), cost)
  }
  for (const cost of ['0', '-1', '1e1', '010', '100', '4294967306', '1 1', 'ten']) {
    await assert.rejects(files.openShareFile(scryptFile(cost), openers), rule('SHARE-FILE', /malformed/), cost)
  }
  assert.ok(performance.now() - start < 2000)
  await assert.rejects(files.openShareFile(scryptFile('10', 'AAAA'), openers), rule('SHARE-FILE', /malformed/))
  await assert.rejects(files.openShareFile(scryptFile('10'), openers), rule('SHARE-PASSPHRASE'))
})

test('SHARE-FILE: a passphrase beside other recipients', async () => {
  const file = scryptFile('10', undefined, `-> X25519 ${'A'.repeat(43)}\n${'A'.repeat(43)}\n`)
  await assert.rejects(files.openShareFile(file, withPassphrases('x')), rule('SHARE-FILE', /others as well/))
})

test('SHARE-FILE: more than 64 KiB are not even looked at', async () => {
  const big = Buffer.concat([Buffer.from(await textOf()), Buffer.alloc(64 * 1024, '\n')])
  await assert.rejects(files.openShareFile(big, NONE), rule('SHARE-FILE', /64 KiB/))
  await assert.rejects(files.shareFileProtection(big), rule('SHARE-FILE', /64 KiB/))
})

test('a scrypt cost that cannot be is a mistake of usage', async () => {
  for (const cost of [0, 23, 10.5, Number.NaN]) {
    const sealing = files.sealShareFile('x', { kind: 'passphrase', passphrase: secretOf('x'), cost })
    await assert.rejects(sealing, rule('USAGE', /scrypt cost/, EXIT.usage))
  }
})

test('opening leaves the event loop alive while scrypt works', async () => {
  const bytes = await files.sealShareFile(await textOf(), { kind: 'passphrase', passphrase: secretOf('x'), cost: 15 })
  let ticks = 0
  const timer = setInterval(() => ticks++, 5)
  await files.openShareFile(bytes, withPassphrases('wrong', 'x'))
  clearInterval(timer)
  assert.ok(ticks > 2, `${ticks} ticks`)
})

test('hints that could trick a terminal are dropped, and missing ones are missing', async () => {
  const line = encodeShare(await newShare())
  const hostile = `# custodian: \u001b[2Jroot\n# group: Ops\n# epoch: 0\n# partition: x\n# threshold: 2/3; rm\n${line}\n`
  assert.deepEqual((await files.openShareFile(Buffer.from(hostile), NONE)).hints, {})
  const some = `# custodian: bob\n# note: hello\n# epoch: 12\n${line}\n`
  assert.deepEqual((await files.openShareFile(Buffer.from(some), NONE)).hints, { custodian: 'bob', epoch: 12 })
})

test('a recipient is recognised, and what only resembles one is not', (t) => {
  const { recipient, text } = newIdentity(t)
  assert.equal(files.parseRecipient(recipient), recipient)
  const secret = text.split('\n').find((line) => line.startsWith('AGE-SECRET'))!
  const secretIsNamed = (error: Error) =>
    /an age identity, a secret/.test(error.message) && !error.message.includes(secret)
  assert.throws(() => files.parseRecipient(secret), secretIsNamed)
  const typo = recipient.slice(0, -1) + (recipient.endsWith('q') ? 'p' : 'q')
  const wrong = [
    typo,
    recipient.slice(0, -1),
    recipient.toUpperCase(),
    `${recipient} `,
    '',
    'age1',
    'ssh-ed25519 AAAA',
    'alice',
    'age1yubikey1qqqq',
  ]
  const foreign = ['age', 'age1tag', 'age1yubikey', 'age1pq', 'AGE-PLUGIN-X-', 'krs'].map((prefix) =>
    bech32.encode(prefix.toLowerCase(), bech32.toWords(new Uint8Array(33))),
  )
  for (const no of [...wrong, ...foreign]) {
    assert.throws(() => files.parseRecipient(no), rule('USAGE', /not an age recipient/, EXIT.usage), no)
  }
})

test('a passphrase that nobody could type again is refused before anything is sealed', async () => {
  const wrong = [
    '\ufefflong enough',
    'two\nlines',
    'two lines\n',
    'a\rb',
    'a\ttab',
    ' before',
    'after ',
    'a\u0000b',
    'a\u00a0b',
    'a\u200bb',
    '',
  ]
  for (const passphrase of wrong)
    await assert.rejects(locked('x', passphrase), rule('SHARE-PASSPHRASE'), JSON.stringify(passphrase))
  const latin1 = {
    kind: 'passphrase',
    passphrase: new Secret(Uint8Array.of(0x63, 0x61, 0x66, 0xe9)),
    cost: COST,
  } as const
  await assert.rejects(files.sealShareFile('x', latin1), rule('SHARE-PASSPHRASE', /is not UTF-8/))
})

test('a passphrase opens in whichever form a keyboard sends its accents', async () => {
  const share = await newShare()
  for (const chosen of ['caf\u00e9 au lait', 'cafe\u0301 au lait']) {
    const bytes = await locked(await textOf(share), chosen)
    for (const typed of ['caf\u00e9 au lait', 'cafe\u0301 au lait'])
      await opensAs(bytes, withPassphrases(typed), share, 'passphrase')
    const latin1 = [new Secret(Uint8Array.from(Buffer.from('caf\u00e9 au lait', 'latin1')))]
    await opensAs(bytes, { ...NONE, passphrases: latin1 }, share, 'passphrase')
    await assert.rejects(files.openShareFile(bytes, withPassphrases('cafe au lait')), rule('SHARE-PASSPHRASE'))
  }
})
