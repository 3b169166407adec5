// The list of a plan that has more names than its screen: it is read at the terminal, or written, before anybody approves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planManifest } from '../../src/change/operations/apply-manifest.ts'
import type { Context } from '../../src/cli/context.ts'
import { SamplePartition } from '../../src/docs/sample-partition.ts'
import { refused, usage } from '../../src/domain/errors.ts'
import { parseManifest } from '../../src/domain/manifest.ts'
import { propose } from '../../src/domain/proposal.ts'
import { handOverList } from '../../src/session/whole-list.ts'
import { samples } from '../support/plan-samples.ts'

const partition = new SamplePartition()
const names = Array.from({ length: 30 }, (_, i) => `k${i}`)

function proposalOf(count: number) {
  const entries = names.slice(0, count).map((name) => `[keys.${name}]\npolicy = "dek"\n`)
  const manifest = parseManifest(`format = "keyrite.manifest/1"\n[policies.dek]\ntype = "aes-256"\n${entries.join('')}`)
  const nowhere = { without: [], reached: () => assert.fail('no application is there') }
  const request = { manifest, destroys: false, accepted: [], without: [] }
  return propose(planManifest(request, partition.history, partition.inputs(), nowhere))
}

/** What is shown, asked and written, where these answers are given; none: nobody can be asked. */
async function handedOver(proposal: Parameters<typeof handOverList>[0], options: object, answers?: string[]) {
  const told: string[] = []
  const files = new Map<string, string>([['/there', '']])
  const say = (text: string | string[]) => told.push(...[text].flat())
  const terminal = {
    say,
    show: say,
    ask: async (question: string) => {
      if (!answers) throw usage('nobody can be asked', undefined, 'INPUT-MISSING')
      told.push(question)
      return answers.shift()!
    },
  }
  const ledgers = {
    checkFree: ([path]: string[]) => {
      if (files.has(path!)) throw refused('FILE-EXISTS', `${path} is there`)
    },
    createFiles: ([made]: { path: string; content: string }[]) => {
      const { path, content } = made!
      files.set(path, content)
      return [{ name: path, sha256: 'ab'.repeat(32), bytes: content.length }]
    },
  }
  const context = { ledgers, env: {} } as unknown as Context
  // biome-ignore lint/suspicious/noExplicitAny: what is not asked for is not there
  const at = { context, globals: { home: '/home' }, terminal, history: partition.history } as any
  await handOverList(proposal, options, at)
  return { told, files, left: answers?.length }
}

test('a plan that names all is asked nothing about, and its list is written where it is wanted', async () => {
  const proposal = proposalOf(8)
  assert.deepEqual((await handedOver(proposal, {})).told, [])
  const { told, files } = await handedOver(proposal, { list: '/list' })
  assert.match(told[0]!, /^every entry, key and copy is listed in \/list, .*abab/)
  assert.match(files.get('/list')!, new RegExp(`^plan ${proposal.code}\n`))
})

test('INPUT-MISSING: more names, and nobody who could read them; under --dry-run nobody approves', async () => {
  const proposal = proposalOf(30)
  await assert.rejects(handedOver(proposal, {}), { code: 'INPUT-MISSING' })
  assert.deepEqual((await handedOver(proposal, { dryRun: true })).told, [])
})

test('it is read to its end, or a file is named, which may not be there yet', async () => {
  const proposal = proposalOf(30)
  const read = await handedOver(proposal, {}, ['', '', '', '', '', ''])
  assert.match(read.told[0]!, /^the plan changes more than it names on the screen: its list has (\d+) lines$/)
  for (const name of names) assert.equal(read.told.filter((one) => one.startsWith(`generate  ${name}#1 `)).length, 1)
  const half = await handedOver(proposal, {}, ['', '/there', '/new'])
  assert.deepEqual([half.left, [...half.files.keys()]], [0, ['/there', '/new']])
  assert.ok(half.told.includes('  /there is there'))
  for (const name of names) assert.match(half.files.get('/new')!, new RegExp(`^generate {2}${name}#1 `, 'm'))
})

test('USAGE: another plan has no list', async () => {
  const proposal = { plan: samples['key.rotate'] } as Parameters<typeof handOverList>[0]
  assert.deepEqual((await handedOver(proposal, {})).told, [])
  await assert.rejects(handedOver(proposal, { list: '/list' }), { code: 'USAGE' })
})
