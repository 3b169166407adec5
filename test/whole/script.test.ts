// By script, from a blank token to a checked ledger, 2 of 3 and 3 of 5; and no secret shows in any process, output or file.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { sample } from '../support/full.ts'
import { runProgram } from '../support/keyrite.ts'
import { filesBelow, spellings, watchProcesses } from '../support/leaks.ts'
import { blank, CUSTODIANS, initArgs, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'

const TYPES = ['aes-256', 'aes-128', 'hmac-sha256', 'rsa-2048', 'rsa-3072', 'ec-p256', 'ec-p384', 'ed25519']
/** RSA-4096 takes seconds: once is enough. */
const GROUPS = [
  { threshold: 2, people: [...CUSTODIANS], types: sample(TYPES, (_, i) => i % 2 === 0) },
  {
    threshold: 3,
    people: [...CUSTODIANS, 'dave', 'erin'],
    types: sample([...TYPES, 'rsa-4096'], (_, i) => i % 2 === 1),
  },
]

async function reads(...args: string[]) {
  const { code, json, stdout, stderr } = await runProgram('python3', [inRepo('test/independent/reader.py'), ...args])
  assert.equal(code, 0, stdout + stderr)
  return json
}

/** Share lines, passphrases and PINs, by name; the PINs are derived by another program. */
async function secretsOf(place: TestPartition, threshold: number): Promise<Map<string, Buffer>> {
  const secrets = new Map<string, Buffer>()
  const lines: string[] = []
  for (const name of place.custodians) {
    const file = place.passphraseFile(name)
    const { text } = await reads('share', place.share(name), '--reveal', '--passphrase-file', file)
    lines.push(text)
    secrets.set(`the share of ${name}`, Buffer.from(text))
    secrets.set(`the passphrase of ${name}`, Buffer.from(readFileSync(file, 'utf8').trimEnd()))
  }
  for (const role of ['user', 'so']) {
    const { pin } = await reads('pin', ...lines.slice(0, threshold), '--role', role, '--ledger', place.ledger)
    secrets.set(`the PIN of ${role}`, Buffer.from(pin))
  }
  return secrets
}

for (const { threshold, people, types } of GROUPS) {
  test(`${threshold} of ${people.length}: keys of each type, listed, shown and verified, and no secret anywhere`, async () => {
    using place = blank('sealed', people)
    const seen = new Map<string, Buffer>()
    const watch = watchProcesses(seen)
    const keyrite = async (args: string[], exit = 0) => {
      const { code, json, stdout, stderr } = await place.keyrite(args, { watch })
      assert.equal(code, exit, stdout + stderr)
      for (const said of [stdout, stderr]) seen.set(`said ${said}`, Buffer.from(said))
      return json
    }
    const data = async (...args: string[]) => (await keyrite(args)).data
    const by = (count: number) => place.approvedBy(...people.slice(-count))
    const generate = (type: string, count: number) => {
      const backup = type === 'ed25519' ? ['--no-backup'] : []
      return ['key', 'generate', `of/${type}`, '--type', type, ...backup, ...by(count)]
    }

    await data(...initArgs(place, threshold))
    const refused = await keyrite(generate('aes-256', threshold - 1), 3)
    assert.deepEqual([refused.error.code, refused.error.changed], ['QUORUM-MET', false])
    // One of them is watched: a key's type makes no difference to what a process is told.
    await data(...generate(types[0]!, threshold))
    for (const type of types.slice(1)) await place.data(...generate(type, threshold))

    const { keys } = await data('key', 'list')
    const wanted = types.map((type) => `of/${type} ${type} active`).sort()
    const line = (key: { name: string; type: string; state: string }) => `${key.name} ${key.type} ${key.state}`
    assert.deepEqual(keys.map(line).sort(), wanted)
    const [type] = types
    assert.equal((await data('key', 'show', `of/${type}`)).type, type)
    const [group] = (await data('quorum', 'show')).groups
    assert.deepEqual([group.threshold, group.custodians.length], [threshold, people.length])
    assert.ok(JSON.stringify(await data('partition', 'show')).includes('pay'))
    const { anchor } = await data('audit', 'verify')
    assert.equal((await data('audit', 'verify', '--anchor', anchor)).anchor, anchor)

    for (const [name, content] of filesBelow(place.home)) seen.set(`file ${name}`, content)
    const where = [...seen]
    const finds = (kind: string, text: string) =>
      where.some(([name, content]) => name.startsWith(kind) && content.includes(text))
    for (const program of ['start.cjs', 'host.cjs']) {
      const pids = where
        .filter(([name]) => name.startsWith('cmdline') && name.includes(program))
        .map(([name]) => name.split(' ')[1])
      assert.ok(
        pids.some((pid) => finds(`environ ${pid} `, place.folder.conf)),
        `${program} and its environment were seen`,
      )
    }
    assert.ok(finds('cmdline', place.share(people.at(-1)!)), 'an argument is found')
    assert.ok(finds('said', anchor), 'an answer is found')
    assert.ok(finds('file', place.records()[0].partition), 'a file is found')
    const leaks = [...(await secretsOf(place, threshold))].flatMap(([what, secret]) =>
      where
        .filter(([, content]) => spellings(secret).some((spelling) => content.includes(spelling)))
        .map(([name]) => `${what} in ${name.slice(0, 40)}`),
    )
    assert.deepEqual(leaks, [])
  })
}
