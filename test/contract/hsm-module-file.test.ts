// The library that is loaded is the file that was hashed, whoever puts another in its place in between.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { isMapped, loadHashed, parseMappings } from '../../src/host/loaded-file.ts'
import { Native } from '../../src/host/native/native.ts'
import { makeFolder, softhsm } from '../support/softhsm.ts'

const sha256 = createHash('sha256').update(readFileSync(softhsm)).digest('hex')

/** SoftHSM under a path of its own, and another file with the same bytes beside it. */
function library(): { path: string; other: string } {
  const folder = makeFolder('library')
  const [path, other] = [join(folder, 'lib', 'module.so'), join(folder, 'lib', 'other.so')]
  mkdirSync(dirname(path))
  for (const copy of [path, other]) copyFileSync(softhsm, copy)
  return { path, other }
}

const load = (path: string) => Native.load(path)
const isChanged = { code: 'MODULE-CHANGED', exit: 5 }

describe('what is loaded is what was hashed', () => {
  test('a library as it is, also behind a link', async () => {
    const { path } = library()
    symlinkSync('module.so', join(dirname(path), 'link.so'))
    for (const given of [path, join(dirname(path), 'link.so')]) {
      assert.deepEqual((await loadHashed(given, load, sha256)).file, { path, sha256 })
    }
  })

  const swaps: [string, (files: { path: string; other: string }, load: () => Promise<Native>) => Promise<Native>][] = [
    [
      'and put back afterwards',
      async ({ path, other }, load) => {
        renameSync(path, `${path}.honest`)
        renameSync(other, path)
        const loaded = await load()
        renameSync(`${path}.honest`, path)
        return loaded
      },
    ],
    [
      'with its folder, and put back afterwards',
      async ({ path, other }, load) => {
        const folder = dirname(path)
        mkdirSync(`${folder}.other`)
        copyFileSync(other, join(`${folder}.other`, 'module.so'))
        renameSync(folder, `${folder}.honest`)
        renameSync(`${folder}.other`, folder)
        const loaded = await load()
        renameSync(folder, `${folder}.other`)
        renameSync(`${folder}.honest`, folder)
        return loaded
      },
    ],
    [
      'and left there',
      async ({ path, other }, load) => {
        renameSync(other, path)
        return load()
      },
    ],
    [
      'under a second name of its own',
      async ({ path, other }, load) => {
        renameSync(path, `${path}.honest`)
        linkSync(other, path)
        const loaded = await load()
        renameSync(`${path}.honest`, path)
        return loaded
      },
    ],
    [
      'by writing into it',
      async ({ path }, load) => {
        writeFileSync(path, readFileSync(path))
        return load()
      },
    ],
  ]
  for (const [how, swap] of swaps) {
    test(`module swapped after hash, ${how}: refused before any call`, async () => {
      const files = library()
      await assert.rejects(
        loadHashed(files.path, (real) => swap(files, () => load(real))),
        isChanged,
      )
    })
  }

  test('a library that was not approved is not loaded at all', async () => {
    const { path } = library()
    const unasked = () => assert.fail('it was loaded')
    await assert.rejects(loadHashed(path, unasked, '0'.repeat(64)), isChanged)
  })
})

test('mappings are read as proc_pid_maps(5) has them', () => {
  const text = [
    '7f00-7f01 r-xp 00000000 fd:01 1234                       /usr/lib/a b.so',
    '7f01-7f02 r--p 00001000 00:2f 18446744073709551615       /x/line\\012feed.so (deleted)',
    '7ffd-7ffe rw-p 00000000 00:00 0                          [stack]',
    '7ffe-7fff rw-p 00000000 00:00 0 ',
  ].join('\n')
  const [first, second, third, ...rest] = parseMappings(text)
  assert.deepEqual(first, { dev: 'fd:01', ino: '1234', path: '/usr/lib/a b.so' })
  assert.deepEqual(second, { dev: '00:2f', ino: '18446744073709551615', path: '/x/line\nfeed.so (deleted)' })
  assert.deepEqual([third!.path, rest], ['[stack]', []])
})

test('an overlay shows other numbers there than stat does: then the path decides', () => {
  const { path } = library()
  const facts = statSync(path, { bigint: true })
  const shown = { dev: 'ff:ff', ino: '1', path }
  assert.equal(isMapped({ path, facts }, [shown]), true)
  assert.equal(isMapped({ path, facts }, [{ ...shown, path: `${path} (deleted)` }]), false)
  assert.equal(isMapped({ path, facts: { ...facts, ino: 1n } as typeof facts }, [shown]), false)
  assert.equal(isMapped({ path, facts }, []), false)
})
