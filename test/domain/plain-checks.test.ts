// Plain checks and valibot are of one mind about every record of a story, and about whatever becomes of one when a part of it is changed.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import * as v from 'valibot'
import { plainCheck } from '../../src/domain/plain-checks.ts'
import { Record } from '../../src/domain/record.ts'
import { newCast } from '../support/cast.ts'
import { recordOf } from '../support/ledger.ts'
import { Story } from '../support/story.ts'

const OTHERS = [null, true, 0, -1, 2 ** 53, 'x', 'é'.repeat(2100), [], ['b', 'a'], { zz: 1 }]

type Node = { [name: string]: unknown }

/** What every record and every plan has is bent in the first of each. */
const common = new Set<string>()

/** Calls back with the record in each of its changed forms; each change is taken back. */
function bend(node: Node, tell: (what: string) => void, path = ''): void {
  for (const name of Object.keys(node)) {
    const isCommon =
      /^(\.plan)?\.(format|partition|seq|prev|time|tool|station|host|nonce|created|expires|module|head|approvals)$/
    if (isCommon.test(`${path}.${name}`) && common.has(`${path}.${name}`)) continue
    common.add(`${path}.${name}`)
    const [before, where] = [node[name], `${path}.${name}`]
    for (const other of OTHERS) {
      node[name] = other
      tell(`${where} = ${JSON.stringify(other)}`)
    }
    delete node[name]
    if (!Array.isArray(node)) tell(`${where} is left out`)
    node[name] = before
    if (typeof before === 'object' && before !== null) bend(before as Node, tell, where)
  }
  if (Array.isArray(node)) return
  node.stray = 1
  tell(`${path}.stray`)
  delete node.stray
}

const isShape = (value: unknown): value is v.GenericSchema =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema'

test('RECORD-SHAPE: what plain checks take is what valibot takes', async () => {
  const story = Story.tell(await newCast(), 0)
  const isRecord = plainCheck(Record)
  const seen = new Set<string>()
  const verdicts = { taken: 0, refused: 0 }
  for (const record of story.lines.map(recordOf)) {
    const kind = `${record.type} ${record.plan?.op ?? ''}`
    if (seen.has(kind)) continue
    seen.add(kind)
    assert.equal(isRecord(record), true, kind)
    bend(record, (what) => {
      const taken = v.is(Record, record)
      assert.equal(isRecord(record), taken, `${kind} ${what}`)
      verdicts[taken ? 'taken' : 'refused']++
    })
  }
  assert.ok(seen.size > 20 && verdicts.taken > 50 && verdicts.refused > 5000, JSON.stringify([seen.size, verdicts]))
})

test('a shape of a kind that it does not know is an error of the programmer', () => {
  assert.throws(() => plainCheck(v.date()), /no plain check for date/)
  const deep = v.strictObject({ a: v.array(v.variant('b', [v.strictObject({ b: v.literal(1), c: v.tuple([]) })])) })
  assert.throws(() => plainCheck(deep), /no plain check for tuple/)
  assert.throws(() => plainCheck(v.pipe(v.string(), v.email())), /no plain check for email/)
})

test('every shape that a file of domain or ceremony has is of kinds that plain checks know', async () => {
  const shapes: string[] = []
  const unknown: string[] = []
  for (const room of ['domain', 'ceremony'])
    for (const file of await readdir(join('src', room), { recursive: true })) {
      if (!file.endsWith('.ts')) continue
      const members: { readonly [name: string]: unknown } = await import(`../../src/${room}/${file}`)
      for (const [name, shape] of Object.entries(members)) {
        // What others write may have members that we don't know: valibot alone is asked.
        if (!isShape(shape) || shape.type === 'object') continue
        shapes.push(name)
        try {
          plainCheck(shape)
        } catch (error) {
          unknown.push(`${room}/${file}: ${name}: ${String(error)}`)
        }
      }
    }
  assert.deepEqual(unknown, [])
  assert.ok(shapes.length > 100, `${shapes.length}`)
})
