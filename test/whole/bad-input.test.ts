// Everything that people, files, modules and disks do wrong: one exit code, one name, one line and a hint each, and nothing changes.
import { describe, test } from 'node:test'
import { commandLine } from './bad-input/command-line.ts'
import { home } from './bad-input/home.ts'
import { ledger } from './bad-input/ledger.ts'
import { module } from './bad-input/module.ts'
import { checkRow } from './bad-input/row.ts'
import { shares } from './bad-input/shares.ts'

const tables = { 'command line': commandLine, module, shares, home, ledger }

for (const [subject, rows] of Object.entries(tables)) {
  describe(`refused: ${subject}`, { concurrency: 2 }, () => {
    for (const row of rows) test(row.name, () => checkRow(row))
  })
}
