// The first that node reads, plain enough for any node: one too old is told so before it meets what it can't parse.
'use strict'

const version = process.versions.node
const [major, minor] = version.split('.').map(Number)

if (major > 20 || (major === 20 && minor >= 19)) require('./load.cjs').load('main.cjs')
else refuse()

function refuse() {
  const message = `this is node v${version}; keyrite needs node 20.19 or newer`
  const hint = `put a newer one first on the path (https://nodejs.org/en/download); this one is ${process.execPath}`
  const error = { code: 'NODE-VERSION', message, hint, changed: false }
  if (process.argv.indexOf('--json') > 0) console.log(JSON.stringify({ ok: false, error }))
  console.error(`keyrite: ${message}\n  ${hint}`)
  process.exitCode = 2
}
