// Every template lints clean, alone and with the site that is written beside it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lintScript } from '../../src/ceremony/lint/lint.ts'
import { parseScript } from '../../src/ceremony/script.ts'
import { parseSite } from '../../src/ceremony/site.ts'
import { siteText } from '../../src/ceremony/templates/site-text.ts'
import { TEMPLATES, templateText } from '../../src/ceremony/templates/templates.ts'
import { filledIn } from '../support/ceremony-people.ts'
import { parsed } from '../support/ceremony-script.ts'

for (const template of TEMPLATES)
  test(template, () => {
    const script = parseScript(templateText(template, 'test', 'vault'))
    assert.deepEqual(lintScript(script, undefined, parsed).problems, [])
    const example = siteText(script)
    const [{ why }, ...others] = lintScript(script, parseSite(example), parsed).problems as [{ why: string }]
    assert.match(why, /^the site file has what the example had: place = "the room", name = "Name of /)
    assert.deepEqual(others, [])
    assert.deepEqual(lintScript(script, parseSite(example), parsed, { isTwin: true }).problems, [])
    assert.deepEqual(lintScript(script, parseSite(filledIn(example)), parsed).problems, [])
    assert.equal(script.partition, 'vault')
    for (const { text } of script.steps) assert.match(text, /[.?]$/)
  })
