// Components at a terminal: each is typed, or seen, by one person alone; who mistyped hears it by their own check value, and nobody else types again.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { checkValueOf } from '../../src/domain/check-values.ts'
import { launcher } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { ASKS, assertUnseen, left, paste, reply, sit } from '../support/screen.ts'
import type { Key, Terminal } from '../support/terminal.ts'
import vectors from '../vectors/components.json' with { type: 'json' }

const { components, kcvs = [], kcv } = vectors.vectors[0]!

const ROW = /digits \d+ to \d+ of \d+:/
const alone = (what: string) => new RegExp(`whoever (has|gets)\\s+${what}, press enter when you are alone`)

/** Comes to the screen, and types the rows. */
async function types(terminal: Terminal, digits: string): Promise<void> {
  for (const row of digits.match(/.{1,16}/g)!) await reply(terminal, ROW, row.match(/.{1,4}/g)!.join(' '))
}

async function answers(terminal: Terminal, question: RegExp, second = false): Promise<void> {
  await terminal.waitFor(question)
  if (second) {
    terminal.type('\x1b[B')
    await terminal.waitFor(/❯ (yes|written)/)
  }
  terminal.press('enter')
}

async function approve(place: TestPartition, terminal: Terminal): Promise<void> {
  for (const name of ['alice', 'bob']) await reply(terminal, ASKS, place.share(name))
}

const SAME = /is that the kcv on your form\?/

describe('components at a terminal', { concurrency: 2 }, () => {
  test('three people type theirs; the check value says who mistyped, and the plan shows that of the key before anyone approves', async () => {
    using place = await partition()
    using terminal = sit(place, ['key', 'import', 'partner/zmk', '--type', 'tdes-112', '--components', '3'])
    await reply(terminal, alone('component 1 of 3'), '')
    await types(terminal, components[0]!)
    await terminal.waitFor(new RegExp(`component 1 of 3 has the kcv ecb3:${kcvs[0]!.toLowerCase()}`))
    await answers(terminal, SAME, true)
    // One digit is another: the row is whole, and only the check value tells.
    await terminal.waitFor(/component 1 of 3: kcv ecb3:caebaa/)
    await reply(terminal, alone('component 2 of 3'), '')
    // No check value tells of a bit that is parity alone.
    await types(terminal, components[1]!.replace('A104', 'A105'))
    await terminal.waitFor(/in component 2 of 3 digits 11 and 12 of 32 have even parity: a slip there/)
    await answers(terminal, /does the form have it so\?/)
    const slip = components[1]!.replace('A104', 'A107')
    await types(terminal, slip)
    await terminal.waitFor(/component 2 of 3 has the kcv ecb3:(?!df9b9a)/)
    await answers(terminal, SAME)
    await types(terminal, components[1]!)
    await terminal.waitFor(/component 2 of 3 has the kcv ecb3:df9b9a/)
    await answers(terminal, SAME, true)
    await reply(terminal, alone('component 3 of 3'), '')
    await reply(terminal, ROW, components[2]!.slice(0, 15))
    await terminal.waitFor(/this row has 15 digits, and should have 16/)
    await reply(terminal, ROW, `${components[2]!.slice(0, 15)}O`)
    await terminal.waitFor(/this row has something that is no hex digit after 15 digits/)
    // The same once more would cancel the first out.
    await reply(terminal, ROW, components[0]!)
    await terminal.waitFor(/component 3 is component 1 once more/)
    await types(terminal, components[2]!)
    await terminal.waitFor(/component 3 of 3 has the kcv ecb3:83ebc1/)
    await answers(terminal, SAME, true)
    await terminal.waitFor(/component 3 +ecb3:83ebc1[\s\S]*has to be +ecb3:dda8ba: COMPARE IT/)
    assert.equal(kcv, 'DDA8BA')
    await approve(place, terminal)
    await terminal.waitFor(/imported partner\/zmk#1: active, ecb3:dda8ba/)
    assert.equal(await left(terminal), 0)
    assertUnseen(
      terminal,
      [...components, slip].flatMap((one) => one.match(/.{8}/g)!),
    )
    const { origin, fingerprint } = place.records().at(-1).keys[0]
    assert.deepEqual(origin, {
      kind: 'components',
      components: kcvs.map((one) => `ecb3:${one.toLowerCase()}`),
      clearOnHost: true,
    })
    assert.equal(fingerprint, 'ecb3:dda8ba')
  })

  test('components are made, each shown once, to one person, and typed back; together they are the key', async () => {
    using place = await partition()
    // What goes elsewhere is for a log, which is no place for a component.
    const log = place.path('log')
    const make = `key generate partner/kek --type aes-128 --issue-components 2`
    using terminal = paste(place, `${launcher} ${make} 2>${log}`)
    const seen: string[] = []
    for (const number of [1, 2]) {
      const what = `component ${number} of 2`
      await reply(terminal, alone(what), '')
      const shown = await reads(terminal, what)
      seen.push(shown)
      if (number === 1) {
        await types(
          terminal,
          shown.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        )
        await terminal.waitFor(/row 2 is not as it was shown/)
        await answers(terminal, /what was it\?/)
        await types(terminal, shown)
      } else {
        await types(
          terminal,
          shown.replace(/^./, (first) => (first === '0' ? '1' : '0')),
        )
        await terminal.waitFor(/row 1 is not as it was shown/)
        await answers(terminal, /what was it\?/, true)
        assert.equal(await reads(terminal, what), shown)
        await types(terminal, shown)
      }
    }
    const parts = seen.map((one) => Buffer.from(one, 'hex'))
    const value = parts[0]!.map((byte, i) => byte ^ parts[1]![i]!)
    const check = await checkValueOf('aes-128', value)
    await terminal.waitFor(new RegExp(`ISSUED[\\s\\S]*has to be +${check}`))
    for (const one of seen) assertWiped(terminal, one)
    await approve(place, terminal)
    await terminal.waitFor(new RegExp(`generated partner/kek#1: active, ${check}`))
    assert.equal(await left(terminal), 0)
    const { origin } = place.records().at(-1).keys[0]
    const checks = await Promise.all(parts.map((part) => checkValueOf('aes-128', part)))
    assert.deepEqual(origin, { kind: 'components', components: checks, issued: true, clearOnHost: true })
    const logged = readFileSync(log, 'utf8').replaceAll(/\s/g, '')
    for (const one of seen) for (const row of one.match(/.{8}/g)!) assert.equal(logged.includes(row), false)
  })

  test('Ctrl-C while somebody types, or reads, leaves nothing', async () => {
    using place = await partition()
    const before = place.records()
    using typing = sit(place, ['key', 'import', 'partner/zmk', '--type', 'tdes-112', '--components', '3'])
    await reply(typing, alone('component 1 of 3'), '')
    await types(typing, components[0]!)
    await answers(typing, SAME, true)
    await reply(typing, alone('component 2 of 3'), '')
    await reply(typing, ROW, components[1]!.slice(0, 16))
    await typing.waitFor(ROW)
    typing.press('ctrl-c')
    assert.equal(await left(typing), 130)
    assertUnseen(
      typing,
      components.flatMap((one) => one.match(/.{8}/g)!),
    )
    using reading = sit(place, ['key', 'generate', 'partner/kek', '--type', 'aes-128', '--issue-components', '2'])
    await reply(reading, alone('component 1 of 2'), '')
    const shown = await reads(reading, 'component 1 of 2', 'ctrl-c')
    assert.equal(await left(reading), 130)
    assertWiped(reading, shown)
    assert.deepEqual(place.records(), before)
  })
})

/** From the screen, and from what it can be scrolled back to. */
function assertWiped(terminal: Terminal, component: string): void {
  const raw = terminal.raw()
  const last = raw.lastIndexOf(component.slice(-16).match(/.{4}/g)!.join(' '))
  assert.ok(last > 0 && raw.indexOf('\x1b[2J\x1b[3J', last) > last)
}

/** Writes down what is shown, and presses enter. */
async function reads(terminal: Terminal, what: string, key: Key = 'enter'): Promise<string> {
  const [text] = await terminal.waitFor(new RegExp(`${what} of partner/kek:[\\s\\S]*write it down with its kcv`))
  terminal.press(key)
  return [...text.matchAll(/row \d +([0-9A-F ]+)/g)].map(([, row]) => row!.replaceAll(' ', '')).join('')
}
