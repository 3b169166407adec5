// Imports point inward, a package has one door, and only two files read `process`; and that each check can fail.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { breaches, circles, tooLarge, unusedExports } from './support/house.ts'
import { inRepo } from './support/paths.ts'

const filesOf = (folder: string) =>
  new Map(
    readdirSync(inRepo(folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|mjs)$/.test(file))
      .map((file) => `${folder}/${file}`)
      .map((file) => [file, readFileSync(inRepo(file), 'utf8')]),
  )

const sources = filesOf('src')
const others = new Map([...filesOf('test'), ...filesOf('scripts')])

describe('every file keeps the rules of the house', () => {
  test('what it imports and spells', () => {
    assert.ok(sources.size > 0)
    const found = [...sources].flatMap(([file, source]) => breaches(file, source))
    assert.equal(found.join('\n'), '')
  })
  test('its size, and its room', () => assert.equal(tooLarge(sources).join('\n'), ''))
  test('no circle', () => assert.equal(circles(sources).join('\n'), ''))
  test('nothing is exported that nobody imports', () => assert.equal(unusedExports(sources, others).join('\n'), ''))
})

/** A file, its text below the first line, and what is to be said of it; nothing where it is as it should be. */
const judged: [file: string, text: string, said: string][] = [
  ['domain/a.ts', "import { b } from './b.ts'", ''],
  ['domain/a.ts', "import { hmac } from 'node:crypto'", ''],
  ['domain/a.ts', "import { b } from '../hsm/b.ts'", '2: domain may not import src/hsm/b.ts'],
  ['domain/a.ts', "import type { B } from '../hsm/port.ts'", '2: domain may not import src/hsm/port.ts'],
  ['domain/a.ts', "import { readFile } from 'node:fs/promises'", '2: domain may not import node:fs/promises'],
  ['domain/a.ts', "export { b } from '../hsm/b.ts'", '2: domain may not import src/hsm/b.ts'],
  ['domain/a.ts', "import {\n  b,\n  c,\n} from '../hsm/b.ts'", '2: domain may not import src/hsm/b.ts'],
  ['domain/a.ts', "import chalk from 'chalk'", '2: chalk may be imported in terminal only'],
  ['change/a.ts', "import type { B } from '../hsm/port.ts'", ''],
  ['change/a.ts', "import { B } from '../hsm/port.ts'", '2: change may import src/hsm/port.ts as a type only'],
  ['change/a.ts', "import type { B } from '../hsm/b.ts'", '2: change may not import src/hsm/b.ts'],
  ['change/a/b.ts', "import { c } from '../../quorum/c.ts'", '2: change may not import src/quorum/c.ts'],
  ['hsm/a.ts', "import { b } from '../ledger/port.ts'", '2: hsm may not import src/ledger/port.ts'],
  ['ledger/a.ts', "const b = lazily(() => import('../hsm/b.ts'))", '2: ledger may not import src/hsm/b.ts'],
  ['hsm/a.ts', "const b = await import('./b.ts')", '2: what is loaded late is loaded by lazily(() => import(...))'],
  ['quorum/a.ts', "import { b } from '../terminal/b.ts'", '2: quorum may not import src/terminal/b.ts'],
  ['terminal/a.ts', "import { b } from '../commands/b.ts'", '2: terminal may not import src/commands/b.ts'],
  ['commands/key/a.ts', "import { B } from '../../hsm/port.ts'\nimport { c } from '../../terminal/c.ts'", ''],
  ['commands/key/a.ts', "import { b } from '../../hsm/b.ts'", '2: commands may not import src/hsm/b.ts'],
  ['commands/a.ts', "import { b } from '../config.ts'", '2: commands may not import src/config.ts'],
  ['commands/a.ts', "import { b } from '../main.ts'", '2: commands may not import src/main.ts'],
  ['main.ts', "import { b } from './hsm/b.ts'\nprocess.exitCode = 1", ''],
  ['host/host.ts', "import pkcs11js from 'pkcs11js'\nprocess.send?.(1)", ''],
  ['ledger/a.ts', "import pkcs11js from 'pkcs11js'", '2: pkcs11js may be imported in host only'],
  [
    'hsm/a.ts',
    "import { split } from 'shamir-secret-sharing'",
    '2: shamir-secret-sharing may be imported in quorum only',
  ],
  ['hsm/a.ts', "import age from 'age-encryption'", '2: age-encryption may be imported in quorum only'],
  ['commands/a.ts', "import inquirer from 'inquirer'", '2: inquirer may be imported in terminal only'],
  ['commands/a.ts', "import Table from 'cli-table3'", '2: cli-table3 may be imported in terminal only'],
  [
    'change/a.ts',
    "import { Command } from 'commander'",
    '2: commander may be imported in cli and commands and docs and program and session and tree only',
  ],
  ['main.ts', "import { version } from '../package.json'", ''],
  ['hsm/a.ts', "import { version } from '../../package.json'", '2: hsm may not import package.json'],
  ['main.ts', "import * as v from 'valibot'", '2: valibot may be imported in ceremony and config and domain only'],
  ['hsm/a.ts', "const left = require('left-pad')", '2: left-pad has no door in the house'],
  ['hsm/a.ts', 'const b = 1\nconst home = process.env.HOME', '3: process is read in main and the host only'],
  ['hsm/a.ts', "import { env } from 'node:process'", '2: process is read in main and the host only'],
  ['hsm/a.ts', "import process from 'node:process'", '2: process is read in main and the host only'],
  ['hsm/a.ts', "const env = process['env']", '2: process is read in main and the host only'],
  ['ledger/owner.ts', "import { pid } from 'node:process'\nprocess.kill(pid, 0)", ''],
  ['ledger/lock.ts', 'process.kill(process.ppid, 0)', '2: process is read in main and the host only'],
  ['ledger/a.ts', "export const NAME = /x/\nconst a = 'b'", ''],
  ['hsm/a.ts', "import chalk, { b } from 'chalk'", '2: chalk may be imported in terminal only'],
  ['hsm/a.ts', "import * as b from 'chalk'", '2: chalk may be imported in terminal only'],
  ['hsm/a.ts', "import 'chalk'", '2: chalk may be imported in terminal only'],
  ['ledger/a.ts', "const label = 'CKA_LABEL'", '2: CKA_ and CKM_ are spelled in host only'],
  ['domain/a.ts', 'const m = CKM_AES_CBC', '2: CKA_ and CKM_ are spelled in host only'],
  ['domain/a.ts', '/* CKA_ID, process.env */ const a = 1 // CKM_X', ''],
  [
    'hsm/a.ts',
    'for (const a of b) {\n  try {\n    using c = d(a)\n  } catch {}\n}',
    '4: a using that is caught inside a loop belongs into a function',
  ],
  ['hsm/a.ts', 'for (const a of b) {\n  using c = d(a)\n  e(c)\n}', ''],
  ['hsm/a.ts', 'for (const a of b) {\n  each(() => {\n    try {\n      using c = d(a)\n    } catch {}\n  })\n}', ''],
  ['attic/a.ts', '', '1: the house has no room called attic'],
]

describe('each rule can be broken', () => {
  for (const [file, text, said] of judged) {
    test(`${file}: ${JSON.stringify(text)}`, () => {
      const found = breaches(`src/${file}`, `// what it is for\n${text}`)
      assert.equal(found.join('\n'), said && `src/${file}:${said}`)
    })
  }
  test('a first line that says nothing', () => {
    assert.deepEqual(breaches('src/main.ts', 'const a = 1'), [
      'src/main.ts:1: the first line says what the file is for',
    ])
  })

  const file = (name: string, text: string): [string, string] => [`src/${name}.ts`, text]
  const a = file('domain/a', "import { b } from './b.ts'\nexport const a = b")
  test('a circle', () => {
    const back = file('domain/b', "import type { a } from './a.ts'\nexport const b = 1")
    assert.deepEqual(circles(new Map([a, back])), ['src/domain/a.ts -> src/domain/b.ts -> src/domain/a.ts'])
    assert.deepEqual(circles(new Map([a, file('domain/b', 'export const b = 1')])), [])
  })
  test('an export that nobody imports', () => {
    const more = file('domain/b', 'export const b = 1\nexport function c() {}')
    const said = ['src/domain/a.ts: nobody imports a', 'src/domain/b.ts: nobody imports c']
    assert.deepEqual(unusedExports(new Map([a, more]), new Map()), said)
    const tests = new Map([['test/a.test.ts', "import { a } from '../src/domain/a.ts'"]])
    assert.deepEqual(unusedExports(new Map([a]), tests), [])
  })
  test('a file that is too long, and a room that is too full', () => {
    const long = file('domain/a', 'a\n'.repeat(301))
    assert.deepEqual(tooLarge(new Map([long])), ['src/domain/a.ts is too long', 'domain holds too much of all code'])
    assert.deepEqual(tooLarge(new Map([file('main', 'a\n'.repeat(300)), file('domain/a', 'a')])), [])
  })
})
