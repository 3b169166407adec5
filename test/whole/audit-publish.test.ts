// What is published is read by others, who can do nothing with it, and it only grows.
import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { geteuid, pid } from 'node:process'
import { describe, test } from 'node:test'
import { moveFile } from '../../src/disk/files.ts'
import type { KeyriteError } from '../../src/domain/errors.ts'
import { publishTo } from '../../src/ledger/publish.ts'
import { runProgram } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { installed } from '../support/program.ts'

const drill = (place: TestPartition) => place.data('quorum', 'drill', '--share', place.share('alice'))

describe('audit publish', { concurrency: 2 }, () => {
  test('it grows, says whether it did, and takes nothing for the same', async () => {
    using place = await partition()
    const folder = place.path('published')
    const refusal = async (...args: string[]) => {
      const { code, json } = await place.keyrite(['audit', 'publish', ...args])
      return [code, json.error.code]
    }
    assert.deepEqual(await refusal(folder), [3, 'FILE-FOLDER'])
    mkdirSync(folder)
    assert.deepEqual(await refusal(place.path('home', 'pay')), [3, 'FILE-HOME'])
    const first = await place.data('audit', 'publish', folder)
    assert.deepEqual([first.records, first.checkpoint, first.changed], [3, 3, true])
    assert.deepEqual(readFileSync(place.path('published', 'ledger.jsonl')), readFileSync(place.ledger))
    assert.equal((await place.data('audit', 'publish', folder)).changed, false)
    copyFileSync(place.ledger, place.path('before'))
    await drill(place)
    assert.deepEqual((await place.data('audit', 'publish', folder)).records, 4)
    assert.deepEqual(readdirSync(folder).sort(), ['checkpoint', 'ledger.jsonl'])
    for (const name of readdirSync(folder)) assert.equal(statSync(place.path('published', name)).mode & 0o777, 0o644)
    const checkpoint = ['--checkpoint', place.path('published', 'checkpoint')]
    await place.data('audit', 'verify', '--ledger', place.path('published', 'ledger.jsonl'), ...checkpoint)

    // An older copy of the home, and then a branch.
    const published = readFileSync(place.path('published', 'ledger.jsonl'))
    writeFileSync(place.ledger, readFileSync(place.path('before')))
    assert.deepEqual(await refusal(folder), [5, 'PUBLISHED-GROWS'])
    await drill(place)
    assert.deepEqual(await refusal(folder), [5, 'PUBLISHED-GROWS'])
    assert.deepEqual(readFileSync(place.path('published', 'ledger.jsonl')), published)
    assert.deepEqual(readdirSync(folder).sort(), ['checkpoint', 'ledger.jsonl'])
  })

  test('two at once: one of them publishes, and an older checkpoint takes the place of none', async () => {
    using place = await partition()
    const folder = place.path('published')
    mkdirSync(folder)
    const origin = 'keyrite/a-partition'
    const publish = (lines: () => Iterable<string>, size: number) =>
      publishTo(folder, pid, () => ({ lines: lines(), note: `${origin}\n${size}\n\n` }))
    const busy = (error: KeyriteError) => error.code === 'LOCKED' && /publishes into this folder/.test(error.message)
    publish(function* () {
      yield 'one'
      assert.throws(() => publish(() => ['one', 'two', 'three'], 3), busy)
      yield 'two'
    }, 2)
    assert.equal(readFileSync(place.path('published', 'ledger.jsonl'), 'utf8'), 'one\ntwo\n')
    assert.deepEqual(
      publish(() => ['one', 'two', 'three'], 3),
      { changed: true, covered: 3 },
    )
    assert.deepEqual(
      publish(() => ['one', 'two', 'three'], 2),
      { changed: false, covered: 3 },
    )
    assert.deepEqual(readdirSync(folder).sort(), ['checkpoint', 'ledger.jsonl'])
    writeFileSync(place.path('published', 'publish.lock'), 'of a crash\n', { mode: 0o600 })
    assert.throws(() => publish(() => ['one', 'two', 'three'], 3), { code: 'LOCKED' })
  })

  test('what was taken away while it was written is not told as a folder that is not there', async () => {
    using place = await partition()
    const gone = { code: 'DISK', message: /can't write .*there is no such file or folder/ }
    assert.throws(() => moveFile(place.path('draft'), place.path('file')), gone)
    assert.throws(() => moveFile(place.path('draft'), place.path('nowhere', 'file')), { code: 'FILE-FOLDER' })
  })

  test('an account that may read it reads nothing else', { skip: geteuid?.() !== 0 }, async () => {
    using place = await partition()
    const folder = place.path('published')
    mkdirSync(folder)
    await place.data('audit', 'publish', folder)
    const { anchor } = await place.data('partition', 'show')
    for (const path of [place.folder.dir, folder]) chmodSync(path, 0o755)
    const as = (command: string) =>
      runProgram('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'sh', '-c', command])
    // A clone may lie where nobody else may look.
    const program = installed()
    chmodSync(program, 0o755)
    const keyrite = `${program}/bin/keyrite`
    const read = `${keyrite} monitor --format nagios --ledger ${folder}/ledger.jsonl --checkpoint ${folder}/checkpoint --anchor '${anchor}'`
    const told = await as(`HOME=/nonexistent ${read}`)
    assert.deepEqual([told.code, told.stdout.split(' - ')[0]], [1, 'KEYRITE WARNING'], told.stderr)
    const own = await as(`${keyrite} --home ${place.home} monitor; cat ${place.ledger} ${place.share('alice')}`)
    assert.notEqual(own.code, 0)
    assert.deepEqual([own.stdout, /permission denied/i.test(own.stderr)], ['', true])
    const acts = await as(
      `${keyrite} --home ${place.home} --partition pay quorum drill --share ${place.share('alice')}; touch ${folder}/x`,
    )
    assert.notEqual(acts.code, 0)
  })
})
