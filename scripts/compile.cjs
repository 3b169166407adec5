// Starts the program that was built into a folder, and keeps what V8 made of it beside it: `node scripts/compile.cjs FOLDER`.
'use strict'

const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join, resolve } = require('node:path')
const { load, modules } = require(join(resolve(process.argv[2]), 'bin/load.cjs'))

const home = mkdtempSync(join(tmpdir(), 'keyrite-build-'))
process.env = { HOME: home, KEYRITE_HOME: home }
// It goes a command's whole way, and ends with the refusal that there is no partition.
process.argv = [process.argv[0], 'keyrite', 'key', 'list']
process.once('exit', (status) => {
  for (const { script, code } of modules.values()) writeFileSync(code, script.createCachedData())
  rmSync(home, { recursive: true })
  if (status === 2) process.exitCode = 0
})
load('main.cjs')
