// A script on paper, whatever its texts hold: they are shown as they stand, and nothing of them is markup, style or a line of its own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileSha256, parseScript, scriptCode } from '../../src/ceremony/script.ts'
import { TEMPLATES, templateText } from '../../src/ceremony/templates/templates.ts'
import { widthOf } from '../../src/terminal/width.ts'
import { sheetHtml } from '../../src/views/ceremony/html.ts'
import { sheetOf } from '../../src/views/ceremony/sheet.ts'
import { sheetText } from '../../src/views/ceremony/text.ts'

const ATTACKS = [
  '</title><script>alert(1)</script>',
  '<img src=http://evil.example/x onerror=alert(1)>',
  '</style></table></div></body></html>',
  '\\a } @import url(http://evil.example/) ; * { display: none }',
  '--> <!-- ]]> &lt; &#x3c;script&#x3e;',
  'שלום "עולם" (1) 2 of 3',
  'مرحبا (abc) 12-34',
  '漢字'.repeat(40),
  'O'.repeat(190),
  `e${'\u0301'.repeat(3)} x${'\u0316'.repeat(40)}`.normalize('NFC'),
  "'; rm -rf / $(id) `id`",
]

const attacked = (attack: string): string => {
  const text = JSON.stringify(attack)
  return `format = "keyrite.ceremony/1"
name = "evil"
version = 1
title = ${text}
partition = "pay"
basis = [${text}]
[roles]
operator = ${text}
witness = { about = ${text}, people = 2 }
[blanks]
bag = { ask = ${text} }
[media]
hsm = ${text}
[[steps]]
id = "1"
act = ${text}
kind = "media"
by = ["operator", "witness"]
takes = "PT5M"
text = ${text}
medium = "hsm"
bag = "opened"
blank = "bag"
[[steps]]
id = "2"
kind = "run"
by = ["operator"]
takes = "PT5M"
text = ${text}
run = ["audit", "checkpoint", "--reason", ${text}]
[[steps]]
id = "3"
kind = "attach"
by = ["operator"]
takes = "PT5M"
text = ${text}
file = "photo"
`
}

const pagesOf = (text: string, reader?: string) => {
  const script = parseScript(text)
  const sheet = sheetOf(script, { code: scriptCode(text), sha256: fileSha256(text) }, { reader })
  return { html: sheetHtml(sheet, script.name), plain: sheetText(sheet) }
}

const TAGS =
  /^<(!DOCTYPE html|\/?(html|head|body|title|style|section|table|thead|tbody|tr|th|td|dl|dt|dd|div|span|bdi|p|h1|h2|small|code)|meta)( (lang|charset|http-equiv|content|name|class|style|dir)="[^"<>]*")*>$/

for (const attack of ATTACKS)
  test(`${attack.slice(0, 40)}`, () => {
    const { html, plain } = pagesOf(attacked(attack))
    for (const [tag] of html.matchAll(/<[^>]*>?/g)) assert.match(tag, TAGS)
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(html)!
    assert.doesNotMatch(style, /import|url|evil\.example/)
    assert.equal(html.split('</style>').length, 2)
    for (const line of plain.split('\n')) {
      assert.ok(widthOf(line) <= 80, line)
      assert.match(line, /^\P{C}*$/u)
    }
  })

test('every template is on paper whole, with the steps of the reader marked', () => {
  for (const template of TEMPLATES) {
    const text = templateText(template, 'test', 'vault')
    const { steps } = parseScript(text)
    const { html, plain } = pagesOf(text, 'internal-witness')
    const mine = steps.filter(({ by }) => by.includes('internal-witness')).length
    assert.equal(html.split('<div class="step mine">').length - 1, mine)
    assert.equal(plain.split('\n').filter((line) => /^>> [0-9]/.test(line)).length, mine)
    for (const { id } of steps) {
      assert.ok(html.includes(`<div class="id">${id}`), id)
      assert.ok(new RegExp(`^(>>|  ) ${id.replace('.', '\\.')} `, 'm').test(plain), id)
    }
    for (const page of [html, plain]) assert.ok(page.includes(scriptCode(text)) && page.includes(fileSha256(text)))
    assert.ok(plain.split('\n').every((line) => widthOf(line) <= 80))
  }
})

test('custodians are marked where shares are asked for', () => {
  const text = templateText('rotate', 'test', 'pay')
  const asked = parseScript(text).steps.filter((step) => step.kind === 'run' && step.quorum).length
  assert.equal(pagesOf(text, 'custodian').html.split('<div class="step mine">').length - 1, asked)
})

test('a print for a rehearsal says so on every page, and that of a ceremony nowhere', () => {
  const text = templateText('rotate', 'q4', 'pay')
  const file = { code: scriptCode(text), sha256: fileSha256(text) }
  for (const isRehearsal of [true, false]) {
    const sheet = sheetOf(parseScript(text), file, { isRehearsal })
    const [html, plain] = [sheetHtml(sheet, 'q4'), sheetText(sheet)]
    assert.equal(/<div class="mark">REHEARSAL<\/div>/.test(html) && /\.mark\{position:fixed/.test(html), isRehearsal)
    assert.equal(plain.match(/^\*{3} REHEARSAL/gm)?.length ?? 0, isRehearsal ? plain.split('='.repeat(80)).length : 0)
  }
})

test('the parts of a script stand with their steps, and no number is left out', () => {
  const text = templateText('root-ca', 'root', 'root')
  const sheet = sheetOf(parseScript(text), { code: scriptCode(text), sha256: fileSha256(text) })
  assert.deepEqual(
    sheet.acts.map(({ span }) => span),
    ['1.1 to 1.5', '2.1 to 2.4', '3.1 to 3.4', '4.1 to 4.4', '5.1 to 5.4', '6.1 to 6.3', '7.1 to 7.7'],
  )
  assert.match(sheetText(sheet), /\n7\.1 to 7\.7 {2}\| Closing\n/)
})
