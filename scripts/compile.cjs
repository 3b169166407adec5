// Starts the program that was built into a folder, and keeps what V8 made of it beside it: `node scripts/compile.cjs FOLDER HOME ENTRY...`.
'use strict'

const { readdirSync, writeFileSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { setFlagsFromString } = require('node:v8')

const [folder, home, ...entries] = process.argv.slice(2)
const { load, modules, readAll } = require(join(resolve(folder), 'bin/load.cjs'))

process.env = { HOME: home, KEYRITE_HOME: home }
// A ledger is read and shown: whatever that takes need not be compiled at each start.
process.argv = [process.argv[0], 'keyrite', 'key', 'list']
process.once('exit', () => {
  readAll()
  // What people are waited for needs all of it: nothing is to be read after that.
  const parts = readdirSync(join(resolve(folder), 'dist')).filter((name) => /^\w+-\w+\.cjs$/.test(name))
  for (const part of parts.sort()) load(part)
  // V8 takes no code that was made under other flags, and bin/keyrite has none: node's own modules are compiled without.
  for (const flag of ['--min-semi-space-size=0', '--hash-seed=0']) setFlagsFromString(flag)
  for (const { script, code } of modules.values()) writeFileSync(code, script.createCachedData())
})
for (const entry of entries) load(entry)
