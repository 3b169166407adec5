// Starts the program that was built into a folder, and keeps what V8 made of it beside it: `node scripts/compile.cjs FOLDER HOMES ENTRY...`.
'use strict'

const { readdirSync, writeFileSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { setFlagsFromString } = require('node:v8')

const [given, home, ...entries] = process.argv.slice(2)
const folder = resolve(given)
const { load, readAll, run, scriptOf, scripts } = require(join(folder, 'bin/load.cjs'))

/** A ledger is read and shown: whatever that takes need not be compiled at each start; and nothing else, since all that lies there is read. */
const LINES = [
  ['key', 'list'],
  ['key', 'list', '--json'],
  ['key', 'list', '--due'],
  ['key', 'show', 'card-1'],
  ['quorum', 'show'],
  ['partition', 'show'],
  ['audit', 'show'],
  ['monitor'],
  ['--home', 'bare', 'key', 'list'],
  ['--home', 'lived', 'key', 'list'],
  ['--home', 'away', 'key', 'show', 'card-1'],
]

/** As they are where nobody has said anything. */
const FLAGS = [
  '--min-semi-space-size=0',
  '--semi-space-growth-factor=2',
  '--flush-bytecode',
  '--sparkplug',
  '--hash-seed=0',
]

process.env = { HOME: home, KEYRITE_HOME: join(home, 'begun'), LANG: 'C.UTF-8' }
process.chdir(home)
process.setMaxListeners(0)
const { exit } = process
process.exit = () => next()
for (const entry of entries) load(entry)
// No database answers here: what is done once one has answered is compiled all the same.
setFlagsFromString('--no-lazy')
scriptOf('followed.cjs')
setFlagsFromString('--lazy')
next()

/** The program's first script again for each line: its parts are there already. */
function next() {
  const words = LINES.shift()
  if (words === undefined) return keep()
  process.argv = [process.argv[0], 'keyrite', ...words]
  run('main.cjs', { exports: {} })
}

function keep() {
  readAll()
  // A change needs most of it.
  for (const [file, { parts }] of scripts)
    for (const part of Object.keys(parts)) if (Number(part) >= 0) load(`${file}:${part}`)
  // What people are waited for needs all of it: nothing is to be read after that.
  const others = readdirSync(join(folder, 'dist')).filter((name) => /^\w+-\w+\.cjs$/.test(name))
  for (const file of others.sort()) load(file)
  // V8 takes no code that was made under other flags, and bin/keyrite has none: node's own modules are compiled without.
  for (const flag of FLAGS) setFlagsFromString(flag)
  for (const { script, code } of scripts.values()) writeFileSync(code, script.createCachedData())
  process.exitCode = 0
  exit()
}
