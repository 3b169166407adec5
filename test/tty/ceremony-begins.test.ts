// A partition begins in a ceremony: no ledger can hear of it before, so its first record opens it, and its station signs the journal from the first line on.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { verifyCeremony } from '../../src/ceremony/verify/verify.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import { leafOf } from '../../src/domain/record.ts'
import { ceremonyKeeping } from '../../src/ledger/ceremonies.ts'
import { open, step, toml } from '../support/ceremony-place.ts'
import { blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { left, reply, sit } from '../support/screen.ts'
import { softhsm } from '../support/softhsm.ts'

/** Shares lie open: nobody is asked while the partition begins. */
const COMMAND = initArgs(blank()).flatMap((word, i, all) =>
  all[i - 1] === '--module' ? ['{site.module}'] : all[i - 1] === '--shares-dir' ? ['{site.shares}'] : [word],
)

const STEPS = [
  step('1.1', 'compare', ['operator', 'witness'], { value: 'script.code' }),
  step('1.2', 'run', ['operator'], { run: COMMAND, quorum: true }),
  step('1.3', 'compare', ['operator', 'witness'], { value: 'plan.code', of: '1.2' }),
  step('1.4', 'run', ['operator'], { run: ['audit', 'checkpoint'], quorum: true }),
  step('1.5', 'sign', ['witness'], {}),
]
const SCRIPT = `format = "keyrite.ceremony/1"
name = "first"
version = 1
title = "Beginning"
partition = "pay"
[requires]
clock = "PT60S"
[roles]
operator = "at the keyboard"
witness = "looks on"
custodian = { about = "gets a share", people = 3, shares = true }
${STEPS.join('\n')}
`

function write(place: TestPartition): void {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  const people: [string, string, object][] = [
    ['Olga', 'operator', {}],
    ['Wim', 'witness', { key }],
    ...place.custodians.map((custodian): [string, string, object] => [`Mx ${custodian}`, 'custodian', { custodian }]),
  ]
  const tables = people.map(([name, role, more]) =>
    ['[[people]]', ...Object.entries({ name, roles: [role], ...more }).map(([k, v]) => `${k} = ${toml(v)}`)].join('\n'),
  )
  writeFileSync(place.path('first.toml'), SCRIPT)
  writeFileSync(
    place.path('site.toml'),
    `format = "keyrite.ceremony-site/1"\nplace = "Vault 2"\nclock = "the clock on the wall"\nmodule = "${softhsm}"\n[values]\nshares = "${place.path('shares')}"\n${tables.join('\n')}\n`,
  )
}

const RUN = ['ceremony', 'run', 'first.toml', '--site', 'site.toml']

test('a partition begins in a ceremony, with a break before its first record and one after it; no other opening, ledger or record 0 fits', async () => {
  using place = blank()
  write(place)
  {
    using terminal = sit(place, RUN)
    await open(terminal)
    await reply(terminal, /step 1\.1[\s\S]*Enter: /, '')
    await reply(terminal, /is it the same for all of them/, 'y')
    await terminal.waitFor(/step 1\.2[\s\S]*partition init[\s\S]*Enter: /)
    terminal.close()
    await terminal.exit
  }
  assert.equal(existsSync(place.path('home', 'pay')), false)
  assert.equal((await place.data('ceremony', 'status')).ceremonies[0].steps, 1)
  {
    using terminal = sit(place, ['ceremony', 'resume'])
    await back(terminal)
    await reply(terminal, /step 1\.2[\s\S]*Enter: /, '')
    await terminal.waitFor(/journal from[\s\S]*step 1\.3[\s\S]*Enter: /)
    terminal.close()
    await terminal.exit
  }
  assert.equal(existsSync(place.path('home', '.ceremonies', 'pay', 'station.key')), false, 'the partition has it')
  {
    using terminal = sit(place, ['ceremony', 'resume'])
    await back(terminal)
    await reply(terminal, /step 1\.3[\s\S]*Enter: /, '')
    await reply(terminal, /is it the same for all of them/, 'y')
    await reply(terminal, /step 1\.4[\s\S]*Enter: /, '')
    for (const name of ['alice', 'bob']) await reply(terminal, /your\s+share:/, place.share(name))
    assert.equal(await left(terminal), 0)
  }
  await place.data('ceremony', 'record', 'first', '--out', 'record')
  copyFileSync(place.ledger, place.path('pay.ledger'))
  await findForgeries(place)
  using terminal = sit(place, RUN)
  assert.equal(await left(terminal), 3)
  assert.match(terminal.screen(), /begins the partition pay, which is there already/)
})

async function back(terminal: Parameters<typeof open>[0]): Promise<void> {
  await reply(terminal, /is each of them here/, 'y')
  await reply(terminal, /is it the code that was noted at the break/, 'y')
}

/** Only the witness has not signed. */
const SOUND = ['WITNESS-MISSING']

async function findForgeries(place: TestPartition): Promise<void> {
  const content = ceremonyKeeping({ pid: 1, clock: () => new Date() }).readCeremonyRecord(place.path('record'))
  const lines = readFileSync(place.ledger, 'utf8').trimEnd().split('\n')
  const codesWith = (change: (first: ReturnType<typeof JSON.parse>) => void): string[] => {
    const records = lines.map((line) => JSON.parse(line).record)
    change(records[0])
    const ledger = records.map((record, i) => ({ record, leaf: toBase64url(leafOf(lines[i]!)) }))
    const checks = { signer: () => '', isRehearsed: () => false, isStation: () => true }
    return [...new Set(verifyCeremony(content, ledger, checks).faults.map(({ code }) => code))]
  }
  assert.deepEqual(
    codesWith(() => {}),
    SOUND,
  )
  const forgeries: [what: string, rule: string, change: (first: ReturnType<typeof JSON.parse>) => void][] = [
    ['another uuid', 'CEREMONY-OPENING', (first) => void (first.partition = '00000000-0000-4000-8000-000000000000')],
    ['another first station', 'CEREMONY-OPENING', (first) => void (first.stationKey.id = first.auditKey.id)],
    ['another opening', 'CEREMONY-OPENING', ({ plan }) => void (plan.ceremony.opened.journal = plan.nonce)],
    ['that of another ceremony', 'CEREMONY-OPENING', ({ plan }) => void (plan.ceremony.name = 'other')],
    ['of a rehearsal', 'CEREMONY-OPENING', ({ plan }) => void (plan.ceremony.opened.mode = 'rehearsal')],
    ['of no ceremony', 'CEREMONY-OPENING', ({ plan }) => void delete plan.ceremony],
    ['of another step', 'STEP-MARKED', ({ plan }) => void (plan.ceremony.step = '1.4')],
    ['of another journal', 'STEP-MARKED', ({ plan }) => void (plan.ceremony.journal = plan.nonce)],
  ]
  const missed = forgeries.filter(([, rule, change]) => !codesWith(change).includes(rule)).map(([what]) => what)
  assert.deepEqual(missed, [])
  using other = await partition()
  copyFileSync(other.ledger, place.path('other.ledger'))
  const verdict = (ledger: string) =>
    JSON.parse(
      execFileSync('python3', [inRepo('test/independent/ceremony.py'), place.path(ledger), 'record'], {
        cwd: place.folder.dir,
        encoding: 'utf8',
      }),
    ).record
  assert.deepEqual(verdict('pay.ledger'), SOUND)
  assert.ok(verdict('other.ledger').includes('CEREMONY-OPENING'))
  for (const [ledger, rule] of [
    ['pay.ledger', 'WITNESS-MISSING'],
    ['other.ledger', 'JOURNAL-SIGNED'],
  ] as const) {
    const { code, json } = await place.keyrite(['ceremony', 'verify', 'record', '--ledger', ledger])
    assert.deepEqual([code, json.error.code], [5, rule])
  }
}
