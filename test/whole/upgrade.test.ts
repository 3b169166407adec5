// An upgrade in the middle of a ceremony: the program's files are gone once the plan is shown, and the change ends well all the same.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { environment } from '../support/keyrite.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { installed } from '../support/program.ts'
import { leaveOutRsa, loseTokens, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

/** Everything of the program goes away but the folder itself, as when a package is replaced. */
function remove(program: string): void {
  for (const part of ['bin', 'dist', 'native']) renameSync(join(program, part), join(program, `${part}.old`))
}

/** Runs it, takes the program away as soon as `now` says so of what it printed, and then gives the shares. */
function upgraded(
  place: TestPartition,
  args: string[],
  shares: string,
  now: (said: string) => boolean,
  moduleEnv: Record<string, string> = {},
) {
  const program = installed()
  const env = environment({ home: place.home, env: { ...place.folder.env, ...moduleEnv } })
  const child = spawn(join(program, 'bin/keyrite'), [...args, '--no-input'], { cwd: place.folder.dir, env })
  let said = ''
  let gone = false
  const look = () => {
    if (gone || !now(said)) return
    gone = true
    remove(program)
    child.stdin.end(shares)
  }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      said += text
      look()
    })
  const watch = setInterval(look, 2)
  return new Promise<{ code: number | null; said: string }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      if (gone) resolve({ code, said })
      else reject(new Error(`it ended before its files were taken away (${code})\n${said}`))
    })
  })
}

const shareOf = (place: TestPartition, name: string) => readFileSync(place.share(name), 'utf8')
const planIsShown = (said: string) => /^ *code {2,}\S/m.test(said)

/** The shares come by a pipe, once the plan is shown and the program is gone. */
const change = (place: TestPartition, args: string[], ...people: string[]) =>
  upgraded(place, [...args, '--share-fd', '0'], people.map((name) => shareOf(place, name)).join(''), planIsShown)

const both = ['alice', 'bob']
const destroy = [
  'key',
  'destroy',
  'card#1',
  '--confirm',
  'card#1',
  '--certificate',
  'certificate.txt',
  '--reason',
  'old',
]

describe('the program is replaced once the plan is shown', { concurrency: 2 }, () => {
  test('a key is made', async () => {
    using place = await partition()
    const { code, said } = await change(place, ['key', 'generate', 'other', '--type', 'aes-256'], ...both)
    assert.equal(code, 0, said)
    await place.data('partition', 'check', ...place.approvedBy(...both))
  })

  test('a share is missing, another is spoilt: refused and recorded', async () => {
    using place = await partition()
    const rotate = ['key', 'rotate', 'card', '--share-fd', '0']
    const spoilt = `${shareOf(place, 'alice').trimEnd().slice(0, -6)}qqqqqq\n`
    for (const shares of [shareOf(place, 'alice'), spoilt]) {
      const { code, said } = await upgraded(place, rotate, shares, planIsShown)
      assert.equal(code, 3, said)
    }
    assert.deepEqual(
      place.records().flatMap(({ type, reason }) => (type === 'denied' ? reason : [])),
      ['QUORUM-MET', 'SHARE-CHECKSUM'],
    )
  })

  test('the module dies in the middle: that is said, and a recovery finishes it', async () => {
    using place = await partition()
    place.useModule(testModule())
    const args = ['key', 'rotate', 'card', '--share-fd', '0']
    const shares = both.map((name) => shareOf(place, name)).join('')
    const { code, said } = await upgraded(
      place,
      args,
      shares,
      planIsShown,
      scriptEnv(['C_SetAttributeValue 1 abort if CKA_LABEL=card#1']),
    )
    assert.equal(code, 6, said)
    assert.match(said, /partition recover/)
    const recovered = await change(place, ['partition', 'recover'], ...both)
    assert.equal(recovered.code, 0, recovered.said)
    await place.data('partition', 'check', ...place.approvedBy(...both))
  })

  test('a backup, a destruction with its certificate, and a restore onto another token', async () => {
    using place = await partition()
    const backup = await change(place, ['backup', 'create', 'pay.backup'], ...both)
    assert.equal(backup.code, 0, backup.said)
    assert.ok(existsSync(place.path('pay.backup.ledger')))
    await place.data('key', 'deactivate', 'card', '--reason', 'old', ...place.approvedBy(...both))
    const destroyed = await change(place, destroy, ...both)
    assert.equal(destroyed.code, 0, destroyed.said)
    assert.match(readFileSync(place.path('certificate.txt'), 'utf8'), /card#1/)

    loseTokens(place.folder)
    const restore = ['backup', 'restore', 'pay.backup', '--module', softhsm, '--no-checkpoint', '--confirm', 'pay']
    const restored = await change(place, restore, ...both)
    assert.equal(restored.code, 0, restored.said)
    await place.data('partition', 'check', ...place.approvedBy(...both))
  })

  test('a partition begins', async () => {
    using place = blank('sealed')
    const started = () => existsSync(place.path('home', 'pay', 'pending.json'))
    const { code, said } = await upgraded(place, initArgs(place), '', started)
    assert.equal(code, 0, said)
    await place.data('partition', 'check', ...place.approvedBy(...both))
  })
})
