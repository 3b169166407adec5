// Every command of docs/ceremonies.md that needs no token, in order.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { filledIn } from './support/ceremony-people.ts'
import { commandsOf } from './support/doc-commands.ts'
import { perform } from './support/in-process.ts'
import { inRepo } from './support/paths.ts'
import { makeTokenFolder } from './support/softhsm.ts'

const PAGE = 'docs/ceremonies.md'

test('every command about scripts does what it says', async () => {
  using folder = makeTokenFolder()
  const options = { cwd: folder.dir, home: `${folder.dir}/home`, env: folder.env }
  const site = `${folder.dir}/rotation.site.toml`
  const codes = new Set<string>()
  for (const { at, command } of commandsOf(PAGE)) {
    const [program, ...words] = command.split(' ')
    assert.equal(program, 'keyrite', at)
    const { code, json, stderr } = await perform([...words, '--json', '--no-input'], options)
    assert.equal(code, 0, `${at}: ${command}\n${stderr}`)
    const found = json.data.code ?? json.data.script?.code
    if (found !== undefined) codes.add(found)
    // As the page tells people to.
    if (words[1] === 'new') writeFileSync(site, filledIn(readFileSync(site, 'utf8')))
    if (words[1] === 'print') assert.ok(readFileSync(`${folder.dir}/${words.at(-1)}`, 'utf8').includes(found))
  }
  assert.equal(codes.size, 1, 'one script has one code')
  assert.ok(existsSync(site))

  const page = readFileSync(inRepo(PAGE), 'utf8')
  const [, step = ''] = /```toml\n([\s\S]*?)```/.exec(page)!
  const script = `${folder.dir}/rotation.toml`
  const text = readFileSync(script, 'utf8')
  writeFileSync(script, text.replace(/\[\[steps\]\]\nid = "2\.1"[\s\S]*?(?=\n\[\[steps)/, step))
  assert.equal((await perform(['ceremony', 'lint', script, '--json'], options)).code, 0)

  writeFileSync(
    script,
    text.replace('"audit","checkpoint"', '"audit","show"').replace('"audit", "checkpoint"', '"audit", "show"'),
  )
  const { code, json, stderr } = await perform(['ceremony', 'lint', script, '--json'], options)
  assert.deepEqual([code, json.error.code, json.error.changed], [3, 'CEREMONY-POSSIBLE', false], stderr)
  assert.deepEqual(json.data.problems, [
    {
      step: '4.2',
      why: 'key destroy is the last login: an audit checkpoint comes after it, so that the token knows the last record',
    },
    { step: '5.1', why: 'audit show asks no custodian: leave quorum out' },
  ])
})
