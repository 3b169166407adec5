// Draws docs/session.svg from a real session: bin/keyrite on a pseudo-terminal and a private SoftHSM token. `node scripts/picture.mjs`.
// Codes, serials, fingerprints and times differ from run to run; the words and the layout don't.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from '@lydell/node-pty'

const MODULE = process.env.MODULE ?? '/usr/lib/softhsm/libsofthsm2.so'
const bin = fileURLToPath(new URL('../bin', import.meta.url))
const picture = fileURLToPath(new URL('../docs/session.svg', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'keyrite-picture-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

mkdirSync(join(folder, 'tokens'))
mkdirSync(join(folder, 'shares'), { mode: 0o700 })
writeFileSync(
  join(folder, 'softhsm2.conf'),
  `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
)
const env = {
  PATH: `${bin}:${process.env.PATH}`,
  HOME: folder,
  MODULE,
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
  SOFTHSM2_CONF: join(folder, 'softhsm2.conf'),
}

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
/** All but colours. */
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-ln-~]|\x1b\][^\x07]*\x07|\x1b[=>]|\r/g

const COLOUR = /\x1b\[([0-9;]*)m/
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: escape sequences begin with one

const CLASSES = { 31: 'bad', 33: 'care', 32: 'proven', 2: 'dim' }

/** Runs a line at a terminal; a passphrase is typed wherever one is asked for. */
function run(line) {
  const pty = spawn('sh', ['-c', line], { cwd: folder, env, cols: 110, rows: 40 })
  let text = ''
  let answered = 0
  pty.onData((data) => {
    text += data
    const asked =
      plain(text.replace(ESCAPES, '')).match(/passphrase[^\n]*:|the same once more:|press enter[^\n]*:/g)?.length ?? 0
    for (; answered < asked; answered++) pty.write('correct horse battery\r')
  })
  return new Promise((resolve, reject) => {
    pty.onExit(({ exitCode }) =>
      exitCode === 0 ? resolve(shown(text)) : reject(new Error(`${line}: ${exitCode}\n${text}`)),
    )
  })
}

/** What stays on the screen: a redrawn prompt is written several times over, and counts once. */
function shown(text) {
  const lines = text.replace(ESCAPES, '\r').split('\n')
  const last = lines.map((line) => line.split('\r').filter(Boolean).at(-1) ?? '')
  return last.map((line) => line.trimEnd()).filter((line, i) => line !== '' && line !== last[i - 1]?.trimEnd())
}

const plain = (line) =>
  line
    .split(COLOUR)
    .filter((_, i) => i % 2 === 0)
    .join('')

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Text and, at every second place, the colour from there on. */
function coloured(line) {
  const parts = line.split(COLOUR)
  return parts
    .map((text, i) => {
      const kind = CLASSES[parts[i - 1]]
      if (i % 2 === 1 || text === '') return ''
      return kind ? `<tspan class="${kind}">${escaped(text)}</tspan>` : escaped(text)
    })
    .join('')
}

function draw(lines) {
  const width = Math.max(...lines.map((line) => plain(line).length)) * 8.43 + 40
  const rows = lines.map((line, i) => {
    const kind = line.startsWith('$ ') ? 'command' : 'text'
    return `<text class="${kind}" x="20" y="${34 + i * 20}" xml:space="preserve">${coloured(line)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${lines.length * 20 + 34}" role="img">
<title>a session with keyrite: two custodians rotate a key</title>
<style>
  rect { fill: #f6f8fa; stroke: #d0d7de } text { font: 14px ui-monospace, 'DejaVu Sans Mono', Menlo, monospace; fill: #1f2328 }
  .command { font-weight: bold; fill: #0550ae }
  .bad { fill: #cf222e } .care { fill: #953800 } .proven { fill: #116329 } .dim { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    rect { fill: #0d1117; stroke: #30363d } text { fill: #e6edf3 } .command { fill: #79c0ff }
    .bad { fill: #ff7b72 } .care { fill: #ffa657 } .proven { fill: #56d364 } .dim { fill: #9198a1 }
  }
</style>
<rect x="0.5" y="0.5" width="${Math.ceil(width) - 1}" height="${lines.length * 20 + 33}" rx="8"/>
${rows.join('\n')}
</svg>
`
}

const shares = '--share shares/alice.share.age --share shares/bob.share.age'
await run(
  'keyrite partition init pay --module "$MODULE" --threshold 2 --custodian alice --custodian bob --custodian carol --shares-dir shares --passphrase-cost 14',
)
await run(`keyrite key generate payments/card-dek --type aes-256 ${shares}`)
const lines = []
for (const line of [`keyrite key rotate payments/card-dek ${shares}`, 'keyrite key list', 'keyrite audit verify'])
  lines.push(`$ ${line}`, ...(await run(line)))
writeFileSync(picture, draw(lines))
console.log(lines.join('\n'))
