// Starts the program that was built into a folder, and keeps what V8 made of it beside it: `node scripts/compile.cjs FOLDER ENTRY...`.
'use strict'

const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join, resolve } = require('node:path')

const [folder, ...entries] = process.argv.slice(2)
const { load, modules, readAll } = require(join(resolve(folder), 'bin/load.cjs'))

const home = mkdtempSync(join(tmpdir(), 'keyrite-build-'))
process.env = { HOME: home, KEYRITE_HOME: home }
// The command goes its whole way, and ends with the refusal that there is no partition.
process.argv = [process.argv[0], 'keyrite', 'key', 'list']
process.once('exit', (status) => {
  readAll()
  for (const { script, code } of modules.values()) writeFileSync(code, script.createCachedData())
  rmSync(home, { recursive: true })
  if (status === 2) process.exitCode = 0
})
for (const entry of entries) load(entry)
