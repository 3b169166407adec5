// Every session script in test/script, and that the runner itself can fail.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { inRepo } from './support/paths.ts'
import { runScript } from './support/session.ts'

const scripts = readdirSync(inRepo('test/script')).filter((file) => file.endsWith('.txt'))

describe('session scripts', { concurrency: 2 }, () => {
  for (const file of scripts.sort()) {
    test(file, () => runScript(`test/script/${file}`, readFileSync(inRepo('test/script', file), 'utf8')))
  }
})

/** A script and what must be said of it; undefined where it passes. */
const judged: [script: string, said: RegExp | undefined][] = [
  ['exec echo one two\nstdout ^one two$\n! stdout three\n! stderr .', undefined],
  ['file a/b <<EOF\nline $WORK\nEOF\nexec cat a/b\nstdout ^line $WORK$', undefined],
  [`env X='a b'\nexec echo "$X" '{"a":[{"b":1}]}' >&2`, undefined],
  [`exec echo '{"a":[{"b":"c"}]}'\njson a.0.b ^c$\nkeep C json a.0.b\nexec echo x$C\nstdout ^xc$`, undefined],
  ['! exec exit 3\nexit 3', undefined],
  ['! exec exit 3\nexit 4', /^t:2: exit 4\nexit 3, not 4\n--- exit 3/],
  ['# why\n\nexec echo one\nstdout two', /^t:4: stdout two\nstdout doesn't match two\n--- exit 0\n--- stdout\none\n/],
  ['exec echo one\n! stdout one', /^t:2: ! stdout one\nstdout matches one/],
  ['exec exit 1', /^t:1: exec exit 1\nexit 1/],
  ['! exec true', /^t:1: ! exec true\nexit 0, and it was to fail/],
  [`exec echo '{"a":1}'\njson a 2`, /^t:2: json a 2\na is 1/],
  [`exec echo '{"a":1}'\njson b .`, /b is undefined/],
  ['exec echo a\njson a .', /stdout is not JSON/],
  ['stdout .', /nothing has run yet/],
  ['exec echo $TYPO', /no variable is called \$TYPO/],
  ['stdotu .', /no step is called stdotu/],
  ['! file a', /file has no negation/],
  ['answer a => b', /an answer that no run took/],
  ['Run keyrite', /line 1 is not a step/],
]

describe('the runner of session scripts', () => {
  for (const [script, said] of judged) {
    test(JSON.stringify(script), async () => {
      if (said === undefined) await runScript('t', script)
      else await assert.rejects(runScript('t', script), { message: said })
    })
  }
})
