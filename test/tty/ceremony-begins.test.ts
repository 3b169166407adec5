// A partition begins in a ceremony: no ledger can hear of it before, so its first record opens it, and its station signs the journal from the first line on.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, type KeyPairKeyObjectResult, sign } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyCeremony } from '../../src/ceremony/verify/verify.ts'
import { canonical } from '../../src/domain/canonical.ts'
import { rehearsalMessage } from '../../src/domain/ceremony-marks.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import { keyIdOf, leafOf } from '../../src/domain/record.ts'
import { ceremonyKeeping } from '../../src/ledger/ceremonies.ts'
import { answerAll } from '../support/ceremony-people.ts'
import { comeBack, open, person, step } from '../support/ceremony-place.ts'
import { FULL } from '../support/full.ts'
import { blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { probeEnv, probeEvents, untilOrphansEnd } from '../support/probe.ts'
import { left, reply, sit } from '../support/screen.ts'
import { softhsm } from '../support/softhsm.ts'
import { spawnTerminal } from '../support/terminal.ts'

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
rehearsal = "P14D"
clock = "PT60S"
[roles]
operator = "at the keyboard"
witness = "looks on"
custodian = { about = "gets a share", people = 3, shares = true }
${STEPS.join('\n')}
`

function write(place: TestPartition): void {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB'
  const people = [
    person('Olga', 'operator', {}),
    person('Wim', 'witness', { key }),
    ...place.custodians.map((custodian) => person(`Mx ${custodian}`, 'custodian', { custodian })),
  ]
  writeFileSync(place.path('first.toml'), SCRIPT)
  writeFileSync(
    place.path('site.toml'),
    `format = "keyrite.ceremony-site/1"\nplace = "Vault 2"\nclock = "the clock on the wall"\nmodule = "${softhsm}"\n[values]\nshares = "${place.path('shares')}"\n${people.join('\n')}\n`,
  )
}

const RUN = ['ceremony', 'run', 'first.toml', '--site', 'site.toml']

/** On a twin; what it leaves is signed by the key that is to be the station's. */
async function rehearse(place: TestPartition): Promise<void> {
  {
    using terminal = sit(place, RUN)
    assert.equal(await left(terminal), 3)
    assert.match(terminal.screen(), /requires a rehearsal within P14D, and nothing that one has left lies beside it/)
  }
  const twin = place.path('home', '.rehearsals', 'pay.first')
  using terminal = sit(place, ['ceremony', 'rehearse', 'first.toml', '--site', 'site.toml'])
  const shares = [join(twin, 'files', place.path('shares'))]
  await answerAll(terminal, { shares, photo: '', stay: '', custodians: ['alice', 'bob'] })
  assert.equal(await left(terminal), 0)
  assert.match(
    terminal.screen(),
    /step 1\.2 .*REHEARSAL[\s\S]*a REHEARSAL: nothing of it is real[\s\S]*this was a REHEARSAL/,
  )
  assert.deepEqual(readdirSync(place.home).sort(), ['.ceremonies', '.rehearsals'])
  assert.deepEqual(readdirSync(place.path('tokens')), [], 'the token of the place is as it was')
  await place.keyrite(['ceremony', 'record', 'first', '--out', 'rehearsed'], { home: join(twin, 'home') })
  const verify = (ledger: string) => place.keyrite(['ceremony', 'verify', 'rehearsed', '--ledger', ledger])
  const { code, json } = await verify(join(twin, 'home', 'pay', 'ledger.jsonl'))
  assert.deepEqual([code, json.data.mode], [0, 'rehearsal'])
  const told = place.path('first.toml.rehearsal')
  const { rehearsal, value } = JSON.parse(readFileSync(told, 'utf8'))
  const sound = readFileSync(told)
  for (const [forged, code] of [
    [{ rehearsal: { ...rehearsal, exceptions: 1 }, value }, 5],
    [signedBy(generateKeyPairSync('ed25519'), rehearsal), 3],
  ] as const) {
    writeFileSync(told, `${canonical(forged)}\n`)
    using again = sit(place, RUN)
    assert.equal(await left(again), code)
    assert.match(again.screen(), /CEREMONY-REHEARSED/)
  }
  writeFileSync(told, sound)
}

/** A rehearsal by whoever likes. */
function signedBy({ privateKey, publicKey }: KeyPairKeyObjectResult, rehearsal: { key: object }) {
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const key = { id: keyIdOf(spki), alg: 'EdDSA', spki: toBase64url(spki) }
  const told = { ...rehearsal, key } as Parameters<typeof rehearsalMessage>[0]
  return { rehearsal: told, value: toBase64url(sign(null, rehearsalMessage(told), privateKey)) }
}

test('a partition begins in a ceremony that was rehearsed, with a break before its first record and one after it; no other opening, ledger or record 0 fits', async () => {
  using place = blank()
  write(place)
  await rehearse(place)
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
    await comeBack(terminal)
    await reply(terminal, /step 1\.2[\s\S]*Enter: /, '')
    await terminal.waitFor(/journal from[\s\S]*step 1\.3[\s\S]*Enter: /)
    terminal.close()
    await terminal.exit
  }
  assert.equal(existsSync(place.path('home', '.ceremonies', 'pay', 'station.key')), false, 'the partition has it')
  {
    using terminal = sit(place, ['ceremony', 'resume'])
    await comeBack(terminal)
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

/** Only the witness has not signed. */
const SOUND = ['WITNESS-MISSING']

async function findForgeries(place: TestPartition): Promise<void> {
  const content = ceremonyKeeping({ pid: 1, clock: () => new Date() }).readCeremonyRecord(place.path('record'))
  const lines = readFileSync(place.ledger, 'utf8').trimEnd().split('\n')
  const codesWith = (change: (first: ReturnType<typeof JSON.parse>) => void): string[] => {
    const records = lines.map((line) => JSON.parse(line).record)
    change(records[0])
    const ledger = records.map((record, i) => ({ record, leaf: toBase64url(leafOf(lines[i]!)) }))
    const keeping = ceremonyKeeping({ pid: 1, clock: () => new Date() })
    const isStation = (id: string) => id === records[0].stationKey.id
    const checks = { signer: () => '', isRehearsed: keeping.isRehearsed, isStation }
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

const NOTED = /(journal|ledger)\.jsonl|pending\.json|station\.key/

test('after a SIGKILL at each write the beginning goes on, and its record is whole', {
  skip: FULL ? false : 'test:full takes it',
}, async () => {
  using whole = begin()
  assert.equal(await goThrough(whole, RUN), 0)
  const writes = probeEvents(whole.path('probe')).filter(
    ({ name, path }) => /sync|rename/.test(name) && NOTED.test(path),
  )
  assert.ok(writes.length > 20, `${writes.length}`)
  for (const { number } of writes) {
    using place = begin()
    await goThrough(place, RUN, number)
    await untilOrphansEnd(place.path('probe'), place.home)
    const { ceremonies } = await place.data('ceremony', 'status')
    if (ceremonies.length === 0) continue
    if (ceremonies[0].state !== 'closed')
      assert.equal(await goThrough(place, ['ceremony', 'resume']), 0, `write ${number}`)
    await place.data('ceremony', 'record', 'first', '--out', 'record')
    copyFileSync(place.ledger, place.path('pay.ledger'))
    const { json } = await place.keyrite(['ceremony', 'verify', 'record', '--ledger', 'pay.ledger'])
    assert.deepEqual([json.error.code, json.data?.faults?.length ?? 1], [SOUND[0], 1], `write ${number}`)
  }
})

/** Of a script that nobody has to rehearse. */
function begin(): TestPartition {
  const place = blank()
  write(place)
  writeFileSync(place.path('first.toml'), SCRIPT.replace('rehearsal = "P14D"\n', ''))
  return place
}

/** `kill`: after this step of its own. Gives the exit code. */
async function goThrough(place: TestPartition, args: readonly string[], kill?: number): Promise<number | undefined> {
  const folder = place.path('probe')
  mkdirSync(folder, { recursive: true })
  const options = { folder, roots: [place.home], when: 'after' as const, ...(kill === undefined ? {} : { kill }) }
  const env = { ...place.folder.env, ...(args === RUN ? probeEnv(options) : {}) }
  using terminal = spawnTerminal(args, { home: place.home, cwd: place.folder.dir, env })
  await answerAll(terminal, { shares: [place.path('shares')], photo: '', stay: '', custodians: ['alice', 'bob'] })
  return (await terminal.exit).code
}
