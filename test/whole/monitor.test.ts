// What monitor tells of a partition in each of its states, and how it ends where Nagios asks.
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, mock, test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { runProgram } from '../support/keyrite.ts'
import { scripted } from '../support/module.ts'
import { backedUp, partition, type TestPartition } from '../support/partition.ts'

const monitor = (place: TestPartition, ...args: string[]) =>
  perform(['monitor', ...args], { cwd: place.folder.dir, home: place.home, env: place.folder.env })

/** Exit code and the first line. */
async function nagios(place: TestPartition, ...args: string[]): Promise<[code: number | null, said: string]> {
  const { code, stdout, stderr } = await monitor(place, '--format', 'nagios', ...args)
  assert.equal(stderr, '')
  return [code, stdout.split('\n')[0]!]
}

/** By name and labels. */
const numbersIn = (text: string): Record<string, number> =>
  Object.fromEntries([...text.matchAll(/^(keyrite_\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]))

const MANIFEST = `format = "keyrite.manifest/1"
[policies.dek]
type = "aes-256"
rotate-every = "P1Y"
[keys.dek]
policy = "dek"
[duties]
"quorum.drill" = "P92D"
`

describe('monitor', { concurrency: 1 }, () => {
  test('what is well, what waits, what was interrupted, and what is not to be relied on', async () => {
    using place = await backedUp()
    assert.deepEqual(await nagios(place), [
      0,
      'KEYRITE OK - pay: 1 key, 5 records | pay_findings=0;1 pay_records=5c pay_keys=1',
    ])
    await place.data('key', 'generate', 'mail', '--type', 'aes-256', ...place.approvedBy('alice', 'bob'))
    await place.keyrite(['key', 'rotate', 'card', '--share', place.share('alice')])
    assert.match((await nagios(place)).join(' '), /^1 KEYRITE WARNING - pay: in no backup: mail#1 \| pay_findings=1;1 /)
    const { stdout } = await monitor(place, '--format', 'prometheus')
    const numbers = numbersIn(stdout)
    assert.equal(numbers['keyrite_keys{partition="pay",state="active"}'], 2)
    assert.equal(numbers['keyrite_keys_waiting{partition="pay",verb="backup"}'], 1)
    assert.equal(numbers['keyrite_refusals_total{partition="pay"}'], 1)
    const made = place.records().find(({ artefacts }) => artefacts)
    assert.equal(
      numbers['keyrite_done_timestamp_seconds{partition="pay",op="backup.create"}'],
      Math.floor(Date.parse(made.time) / 1000),
    )
    assert.doesNotMatch(stdout, /mail|card/)
    const { stderr } = await runProgram('sh', [
      '-c',
      `command -v promtool >/dev/null || exit 0; printf '%s\n' "$1" | promtool check metrics`,
      '',
      stdout.trimEnd(),
    ])
    assert.equal(stderr, '')

    await killedAfter(place, () => ['key', 'rotate', 'card', ...place.approvedBy('alice', 'bob')], onDisk)
    const [critical] = (await place.data('monitor')).partitions[0].findings
    assert.deepEqual([critical.check, critical.severity], ['change', 'critical'])
    const open = await nagios(place)
    assert.equal(open[0], 2)
    assert.match((await monitor(place, '--format', 'nagios')).stdout, /key\.rotate of record \d+ was interrupted/)

    // Of what comes after its index.
    writeFileSync(place.ledger, readFileSync(place.ledger, 'utf8').replace('"seq":8', '"seq":9'))
    assert.match(
      (await nagios(place)).join(' '),
      /^2 KEYRITE CRITICAL - pay: record 8: number 9 stands where 8 should \[rule CHAIN-SEQ\] \|/,
    )
    const told = await monitor(place, '--format', 'prometheus')
    assert.deepEqual([told.code, numbersIn(told.stdout)['keyrite_ledger_valid{partition="pay"}']], [5, 0])
    const { code, json } = await place.keyrite(['monitor'])
    assert.deepEqual([code, json.error.code, json.data.partitions[0].findings[0].check], [5, 'CHAIN-SEQ', 'ledger'])
  })

  test('a copy, with nothing else; and where there is nothing', async () => {
    using place = await partition()
    const anchor = (await place.data('partition', 'show')).anchor
    copyFileSync(place.ledger, place.path('copy'))
    copyFileSync(place.path('home', 'pay', 'checkpoint'), place.path('note'))
    const there = ['--home', place.path('nowhere')]
    const copy = [...there, '--ledger', place.path('copy'), '--anchor', anchor, '--checkpoint', place.path('note')]
    assert.match((await nagios(place, ...copy)).join(' '), /^1 KEYRITE WARNING - pay: in no backup: card#1 /)
    writeFileSync(
      place.path('copy'),
      `${readFileSync(place.path('copy'), 'utf8').split('\n').slice(0, 2).join('\n')}\n`,
    )
    assert.match(
      (await nagios(place, ...copy)).join(' '),
      /^2 KEYRITE CRITICAL - .*it holds 2 of the 3 records .*\[rule CHECKPOINT-BEHIND\]/,
    )
    assert.match((await nagios(place, ...there)).join(' '), /^3 KEYRITE UNKNOWN - there is no partition in /)
    writeFileSync(place.ledger, readFileSync(place.path('copy')))
    assert.match(
      (await nagios(place)).join(' '),
      /^2 KEYRITE CRITICAL - pay: this ledger has 2 records, and its checkpoint saw 3/,
    )
    const { code } = await monitor(place, ...there)
    assert.equal(code, 2)
    const both = await monitor(place, '--format', 'prometheus', '--json')
    assert.equal(both.code, 2)
    // A timer puts what is printed where it is read, whatever the exit code.
    rmSync(place.path('note'))
    for (const away of [there, copy]) {
      const told = await monitor(place, '--format', 'prometheus', ...away)
      const { 'keyrite_ledger_valid{partition="unknown"}': valid, ...others } = numbersIn(told.stdout)
      assert.deepEqual([told.code, valid, Object.values(others)], [2, 0, [0, 1]])
    }
  })

  test('what a check found on the token, until another finds it right', async () => {
    using place = await backedUp()
    const { module, env } = scripted(['C_FindObjects * hide CKA_LABEL=card#1'])
    place.useModule(module)
    const check = ['partition', 'check', ...place.approvedBy('alice', 'bob')]
    assert.equal((await place.keyrite(check, { env })).code, 5)
    const found = /^the check of \S+ found 1 difference between token and ledger: card#1 missing$/
    const [finding] = (await place.data('monitor')).partitions[0].findings
    assert.deepEqual([finding.check, finding.severity], ['token', 'critical'])
    assert.match(finding.message, found)
    const [first] = (await place.data('report', 'evidence')).findings
    assert.deepEqual([first.severity, first.records], ['critical', [place.records().at(-1).seq]])
    assert.match(first.message, found)
    await place.data(...check)
    assert.deepEqual((await place.data('monitor')).partitions[0].findings, [])
    const { findings } = await place.data('report', 'evidence')
    assert.ok(!findings.some(({ severity }: { severity: string }) => severity === 'critical'))
    assert.match(
      JSON.stringify(findings),
      /one check found the token otherwise than the ledger has it, and a later one/,
    )
  })

  test('what the manifest in force wants done, and duties that were missed', async (t) => {
    using place = await partition()
    const by = place.approvedBy('alice', 'bob')
    writeFileSync(place.path('manifest.toml'), MANIFEST)
    await place.data('manifest', 'apply', place.path('manifest.toml'), ...by)
    await place.data('backup', 'create', place.path('backup'), ...by)
    const findings = async () =>
      (await place.data('monitor')).partitions[0].findings.map(
        ({ check, message }: { check: string; message: string }) => `${check}: ${message}`,
      )
    assert.deepEqual(await findings(), [])
    mock.timers.enable({ apis: ['Date'], now: Date.now() + 100 * 86_400_000 })
    t.after(() => mock.timers.reset())
    const missed = await findings()
    assert.deepEqual(missed.length, 3)
    for (const [i, name] of ['alice', 'bob', 'carol'].entries())
      assert.match(missed[i], new RegExp(`^duties: quorum\\.drill of ${name}: last .*, due since `))
    mock.timers.setTime(Date.now() + 300 * 86_400_000)
    assert.match((await findings()).join('\n'), /^due: due since .* by dek: rotate 1 key, dek#2$/m)
    const numbers = numbersIn((await monitor(place, '--format', 'prometheus')).stdout)
    assert.equal(numbers['keyrite_due{partition="pay",action="rotate"}'], 1)
    assert.equal(numbers['keyrite_keys_unmanaged{partition="pay"}'], 1)
    assert.ok(numbers['keyrite_duty_due_timestamp_seconds{partition="pay",duty="quorum.drill"}']! < Date.now() / 1000)
  })
})
