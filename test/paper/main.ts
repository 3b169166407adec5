// A share on paper: the page as a browser shows and prints it, its QR code read back byte for byte, and its rows typed as they stand on the sheet.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { generateHybridIdentity, identityToRecipient } from 'age-encryption'
import { blank, initArgs, type TestPartition } from '../support/partition.ts'
import { spawnTerminal } from '../support/terminal.ts'

const [kept] = process.argv.slice(2)
const say = (text: string) => process.stdout.write(`${text}\n`)
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 })

/** The longest that names can be: what is written here is more than on most pages. */
const LONG = 'a'.repeat(32)

/** Root has no sandbox, and neither has a container. */
function chromium(place: TestPartition, page: string, ...how: string[]): void {
  run(
    'chromium',
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    `--user-data-dir=${place.path('chromium')}`,
    ...how,
    `file://${page}`,
  )
}

/** What zbarimg reads in a picture. */
const scanned = (picture: string): Buffer => run('zbarimg', '--quiet', '--raw', '--oneshot', '-Sbinary', picture)

/** The picture on a screen, and the sheet as a printer has it, at a resolution that any scanner has. */
function shown(place: TestPartition, name: string): { screen: string; sheet: string; pdf: string } {
  const [page, screen, pdf] = [`${name}.html`, `${name}.png`, `${name}.pdf`].map((file) => place.path(file)) as [
    string,
    string,
    string,
  ]
  chromium(place, page, `--screenshot=${screen}`, '--window-size=850,1150', '--hide-scrollbars')
  chromium(place, page, '--no-pdf-header-footer', `--print-to-pdf=${pdf}`)
  run('pdftoppm', '-r', '150', '-png', '-singlefile', pdf, place.path(`${name}-sheet`))
  return { screen, pdf, sheet: place.path(`${name}-sheet.png`) }
}

const pages = (pdf: string): number => Number(/^Pages: +(\d+)$/m.exec(run('pdfinfo', pdf).toString())![1])

/** As they stand on the sheet, the numbers in front left out. */
const rowsOn = (pdf: string): string[] =>
  run('pdftotext', '-layout', pdf, '-')
    .toString()
    .split('\n')
    .flatMap((line) => /^ *[1-4] {1,4}([a-z0-9 ]{20,}) *$/.exec(line)?.[1]?.trim() ?? [])

/** One that is wrong, one that is skipped and one that is doubled are known before the next is asked for. */
async function typedAt(place: TestPartition, rows: readonly string[]): Promise<void> {
  const [first, second, third, fourth] = rows as [string, string, string, string]
  const typo = fourth.replace(/^./, (letter) => (letter === 'q' ? 'p' : 'q'))
  using terminal = spawnTerminal(['quorum', 'drill'], { home: place.home, env: place.folder.env })
  for (const [asked, typed] of [
    [/or your share:/, first],
    [/row 2 of 4:/, third],
    [/row 2 is not that one, but row 3[\s\S]*row 2 of 4:/, first],
    [/row 2 is not that one, but row 1[\s\S]*row 2 of 4:/, second],
    [/row 3 of 4:/, third],
    [/row 4 of 4:/, typo],
    [/row 4 is mistyped: its checks do not fit[\s\S]*row 4 of 4:/, fourth],
  ] as const) {
    await terminal.waitFor(asked)
    terminal.type(typed)
    terminal.press('enter')
  }
  const { code } = await terminal.exit
  assert.equal(code, 0, terminal.screen())
  assert.match(terminal.screen(), new RegExp(`the share of ${LONG} was at hand`))
}

async function main(): Promise<void> {
  using place = blank('sealed', [LONG, 'bob', 'carol'])
  await place.data(...initArgs(place))
  const open = ['--passphrase-file', place.passphraseFile(LONG)]
  const print = (name: string, ...more: string[]) =>
    place.data('share', 'print', place.share(LONG), '--out', place.path(`${name}.html`), ...open, ...more)
  const file = readFileSync(place.share(LONG))

  await print('sealed', '--bag', '4711')
  const sealed = shown(place, 'sealed')
  assert.deepEqual(scanned(sealed.screen), file)
  assert.deepEqual(scanned(sealed.sheet), file)
  assert.deepEqual([pages(sealed.pdf), rowsOn(sealed.pdf)], [1, []])
  say(
    `QR code of ${file.length} bytes: read from the screen and from the sheet, byte for byte; one sheet, and no row in the clear`,
  )

  writeFileSync(place.path('scanned.age'), scanned(sealed.sheet), { mode: 0o600 })
  const back = await place.data('share', 'show', place.path('scanned.age'), ...open)
  assert.deepEqual([back.custodian, back.state], [LONG, 'in force'])
  say('what was scanned is presented as a share file')

  await print('plain', '--bag', '4711', '--plain')
  const plain = shown(place, 'plain')
  assert.deepEqual(scanned(plain.sheet), file)
  const rows = rowsOn(plain.pdf)
  assert.deepEqual([pages(plain.pdf), rows.length], [1, 4])
  await typedAt(place, rows)
  say('rows from the sheet: typed, with one wrong, one skipped and one doubled, which were told at once; one sheet')

  await place.data('report', 'evidence', '--format', 'html', '--out', place.path('evidence.html'))
  const report = shown(place, 'evidence')
  const read = run('pdftotext', '-layout', report.pdf, '-').toString()
  for (const words of ['as of', 'Findings', 'Who must agree', 'What people attest', 'signature'])
    assert.ok(read.includes(words), words)
  say(`a report: ${pages(report.pdf)} sheets, from its findings to the place for a signature`)

  await biggest(place)
  if (kept === undefined) return
  mkdirSync(kept, { recursive: true })
  for (const one of [sealed.screen, sealed.sheet, plain.screen, plain.sheet, plain.pdf])
    copyFileSync(one, join(resolve(kept), one.slice(one.lastIndexOf('/') + 1)))
  say(`kept in ${kept}`)
}

/** A share for a post-quantum recipient is the biggest that keyrite makes: it has a picture that is read, or none and the reason. */
async function biggest(place: TestPartition): Promise<void> {
  const identity = await generateHybridIdentity()
  writeFileSync(place.path('identity'), `${identity}\n`, { mode: 0o600 })
  const [from, big] = [place.share(LONG), place.path('big.age')]
  const to = ['--recipient', await identityToRecipient(identity), '--identity', place.path('identity')]
  await place.data('share', 'passphrase', from, '--out', big, '--passphrase-file', place.passphraseFile(LONG), ...to)
  const bytes = readFileSync(big)
  const out = place.path('big.html')
  const made = await place.keyrite(['share', 'print', big, '--out', out, '--identity', place.path('identity')])
  if (made.code === 0) {
    const { sheet, pdf } = shown(place, 'big')
    assert.deepEqual(scanned(sheet), bytes)
    assert.equal(pages(pdf), 1)
    say(`QR code of ${bytes.length} bytes: read from the sheet`)
    return
  }
  assert.deepEqual([made.code, made.json.error.code], [3, 'SHARE-FILE'])
  say(`refused: ${made.json.error.message.slice(made.json.error.message.lastIndexOf('/') + 1)}`)
}

await main()
