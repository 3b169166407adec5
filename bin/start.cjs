// The first that node reads, plain enough for any node: one too old is told so before it meets what it can't parse.
'use strict'

const version = process.versions.node
const [major, minor] = version.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) refuse()
else if (!answered(process.argv.slice(2))) require('./load.cjs').load('main.cjs')

/** `--version` and `--help` say the same each time, but to a terminal, which has a width: the build wrote it down. False where they are not all that is asked, or where it can't be said. */
function answered(words) {
  if (words.length !== 1 || words[0][0] !== '-') return false
  const fs = require('node:fs')
  try {
    const places = process.cwd() + (process.env.KEYRITE_HOME || '')
    const output = fs.fstatSync(1)
    // Linux has 1 for /dev/null and its like; a name that is not UTF-8 is refused by the program.
    if ((output.isCharacterDevice() && output.rdev >> 8 !== 1) || places.indexOf('\ufffd') !== -1) return false
    const answers = JSON.parse(fs.readFileSync(`${__dirname}/../dist/answers.json`, 'utf8'))
    if (!Object.hasOwn(answers, words[0])) return false
    const bytes = Buffer.from(answers[words[0]])
    const written = fs.writeSync(1, bytes)
    if (written < bytes.length) process.stdout.on('error', () => {}).write(bytes.slice(written))
    return true
  } catch (_) {
    return false
  }
}

function refuse() {
  const message = `this is node v${version}; keyrite needs node 20.19 or newer`
  const hint = `put a newer one first on the path (https://nodejs.org/en/download); this one is ${process.execPath}`
  const error = { code: 'NODE-VERSION', message, hint, changed: false }
  if (process.argv.indexOf('--json') > 0) console.log(JSON.stringify({ ok: false, error }))
  console.error(`keyrite: ${message}\n  ${hint}`)
  process.exitCode = 2
}
