// A witness on a machine of its own: it takes what goes on from what it has seen, and nothing else; whoever verifies asks for its signature.
import assert from 'node:assert/strict'
import { verify as verifySignature } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { partition, type TestPartition } from '../support/partition.ts'

const checkpoint = (place: TestPartition) => place.data('audit', 'checkpoint', ...place.approvedBy('alice', 'bob'))

/** A copy of the ledger and of the newest checkpoint. */
function carry(place: TestPartition, name: string): string[] {
  copyFileSync(place.ledger, place.path(`${name}.ledger`))
  copyFileSync(place.path('home', 'pay', 'checkpoint'), place.path(`${name}.note`))
  return ['--ledger', place.path(`${name}.ledger`), '--checkpoint', place.path(`${name}.note`)]
}

test('a witness goes forward alone, and audit verify asks for it', async () => {
  using place = await partition()
  using branch = place.copy()
  const { anchor } = await place.data('partition', 'show')
  const witness = async (home: string, ...args: string[]) => {
    const { code, json } = await perform(['audit', 'witness', ...args, '--json', '--no-input'], {
      cwd: place.folder.dir,
      home: place.path(home),
    })
    return { code, said: json.data ?? json.error }
  }
  const refusal = async (...args: string[]) => {
    const { code, said } = await witness('auditor', ...args)
    return [code, said.code]
  }
  const out = (name: string) => ['--out', place.path(name)]
  assert.deepEqual(await refusal(), [3, 'WITNESS-NAME'])
  const first = carry(place, 'first')
  const { said: named } = await witness('auditor', '--name', 'auditor.example/keyrite')
  assert.match(named.verifierKey, /^auditor\.example\/keyrite\+[0-9a-f]{8}\+B[A-Za-z0-9+/]{43}$/)
  assert.deepEqual(await refusal('--name', 'other.example'), [3, 'WITNESS-NAME'])
  assert.deepEqual(await refusal(...first, ...out('x')), [2, 'INPUT-MISSING'])
  const { said: seen } = await witness('auditor', ...first, '--anchor', anchor, ...out('first.cosigned'))
  assert.deepEqual([seen.size, seen.before, seen.verifierKey], [3, undefined, named.verifierKey])

  // By request, with a proof and no ledger.
  await place.data('key', 'rotate', 'card', ...place.approvedBy('alice', 'bob'))
  await place.data('audit', 'prove', '--old', '3', '--out', place.path('request'))
  const { said: grown } = await witness('auditor', '--in', place.path('request'), ...out('second.cosigned'))
  assert.deepEqual([grown.size, grown.before], [5, 3])
  assert.equal((await witness('auditor', '--in', place.path('request'), ...out('again.cosigned'))).code, 0)
  await place.data('key', 'rotate', 'card', ...place.approvedBy('alice', 'bob'))
  await place.data('audit', 'prove', '--old', '3', '--out', place.path('late'))
  const { code: late, said: old } = await witness('auditor', '--in', place.path('late'), ...out('x'))
  assert.deepEqual([late, old.code], [3, 'WITNESS-OLD'])
  assert.match(old.hint, /at the partition: keyrite audit prove --old 5 --out FILE$/, 'not in the home of the witness')

  // Back to before, and onto a branch: by ledger and by request.
  assert.deepEqual(await refusal(...first, ...out('x')), [5, 'WITNESS-BEHIND'])
  await checkpoint(branch)
  await checkpoint(branch)
  const other = carry(branch, 'branch')
  assert.deepEqual(await refusal(...other, ...out('x')), [5, 'WITNESS-FORK'])
  await branch.data('audit', 'prove', '--old', '5', '--out', branch.path('request'))
  assert.deepEqual(await refusal('--in', branch.path('request'), ...out('x')), [5, 'WITNESS-FORK'])
  // Another witness, which has seen nothing else, has no reason to refuse it.
  const { code } = await witness(
    'naive',
    '--name',
    'naive.example',
    ...other,
    '--anchor',
    anchor,
    ...out('naive.cosigned'),
  )
  assert.equal(code, 0)
  assert.deepEqual((await witness('naive', ...carry(place, 'now'), ...out('x'))).said.code, 'WITNESS-FORK')
  assert.ok(!existsSync(place.path('x')))
  assert.deepEqual(await refusal('--in', place.ledger, ...out('x')), [5, 'WITNESS-REQUEST'])
  const signed = readFileSync(place.path('late'), 'utf8')
  writeFileSync(place.path('by-another'), signed.replace(/(— \S+ )\S{4}/, '$1AAAA'))
  const { code: unsigned, said: unknown } = await witness('auditor', '--in', place.path('by-another'), ...out('x'))
  assert.deepEqual([unsigned, unknown.code], [5, 'CHECKPOINT-SIGNED'])
  assert.match(unknown.hint, /--ledger FILE --checkpoint FILE {2}# once more, where its token was replaced since$/)

  // The note is as C2SP has it, and node's own crypto takes the signature.
  const note = readFileSync(place.path('second.cosigned'), 'utf8')
  const [, id, type] = /^— auditor\.example\/keyrite (\S+)\n$/m.exec(note) ?? []
  assert.equal(type, undefined)
  const value = Buffer.from(id!, 'base64')
  const [, hex, key] = named.verifierKey
    .split('+')
    .map((text: string, i: number, all: string[]) => (i === 2 ? all.slice(2).join('+') : text))
  assert.equal(value.subarray(0, 4).toString('hex'), hex)
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key, 'base64').subarray(1)])
  const text = `cosignature/v1\ntime ${value.readBigUInt64BE(4)}\n${note.slice(0, note.indexOf('\n\n') + 1)}`
  assert.ok(verifySignature(null, Buffer.from(text), { key: spki, format: 'der', type: 'spki' }, value.subarray(12)))

  // Whoever verifies has a policy.
  const { said: naive } = await witness('naive')
  const policy = (quorum: string) => {
    const lines = [
      `witness auditor ${named.verifierKey}`,
      `witness naive ${naive.verifierKey}`,
      'group both all auditor naive',
      `quorum ${quorum}`,
    ]
    writeFileSync(place.path('policy'), `${lines.join('\n')}\n`)
    return ['--witness-policy', place.path('policy')]
  }
  const verify = (...args: string[]) => place.keyrite(['audit', 'verify', ...args])
  const cosigned = ['--checkpoint', place.path('second.cosigned')]
  const verified = await verify(...policy('auditor'), ...cosigned)
  assert.deepEqual(
    verified.json.data.witnessed[0].witnesses.map(({ name }: { name: string }) => name),
    ['auditor'],
  )
  const refusals: [args: string[], exit: number, code: string][] = [
    [[...policy('both'), ...cosigned], 5, 'WITNESS-QUORUM'],
    [[...policy('auditor'), '--checkpoint', place.path('now.note')], 5, 'WITNESS-QUORUM'],
    [policy('auditor'), 2, 'INPUT-MISSING'],
    [['--witness-policy', place.path('now.note'), ...cosigned], 2, 'WITNESS-POLICY'],
  ]
  for (const [args, exit, rule] of refusals) {
    if (args.includes(place.path('policy'))) policy(exit === 5 && args.includes(cosigned[1]!) ? 'both' : 'auditor')
    const { code: ended, json } = await verify(...args)
    assert.deepEqual([ended, json.error.code], [exit, rule], args.join(' '))
  }
  policy('auditor')
  writeFileSync(place.path('bent'), note.replace(id!, `${id!.slice(0, 20)}AAAA${id!.slice(24)}`))
  const bent = await verify('--witness-policy', place.path('policy'), '--checkpoint', place.path('bent'))
  assert.deepEqual([bent.code, bent.json.error.code], [5, 'WITNESS-SIGNED'])

  const now = carry(place, 'newest')
  // No file can be made there, as root alone is told late: what it has seen is kept all the same, and that is said.
  if (process.getuid?.() === 0) {
    const unwritten = await witness('auditor', ...now, '--out', '/proc/cosigned')
    assert.deepEqual([unwritten.code, unwritten.said.changed], [3, true])
    assert.equal((await witness('auditor')).said.logs[0].size, 7)
    const again = await witness('auditor', ...now, '--out', '/proc/cosigned')
    assert.deepEqual([again.code, again.said.changed], [3, false])
  }
  assert.equal((await witness('auditor', ...now, ...out('newest.cosigned'))).code, 0)

  // Its key is lost, or what it has seen: it does not begin anew by itself.
  rmSync(place.path('auditor', '.witness', 'witness.key'))
  const { code: keyless, said: missing } = await witness('auditor')
  assert.deepEqual([keyless, missing.code], [3, 'STATION-KEY'])
  assert.match(missing.hint, /^bring a copy of it back/)
  rmSync(place.path('naive', '.witness', 'witness.json'))
  assert.deepEqual((await witness('naive')).said.code, 'WITNESS-STATE')
  assert.deepEqual((await witness('naive', '--name', 'naive.example')).said.code, 'WITNESS-STATE')
})
