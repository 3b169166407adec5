// Objects made, changed, copied and destroyed behind our back, with other programs: `partition check` names each one.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { idOf, pkcs11Tool } from '../support/foreign.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { asUser } from '../support/raw.ts'

let place: TestPartition

before(async () => {
  place = await partition()
  const by = place.approvedBy('alice', 'bob')
  await place.data('key', 'generate', 'k', '--count', '8', '--type', 'aes-256', ...by)
  await place.data('key', 'generate', 'pair', '--count', '4', '--type', 'ec-p256', ...by)
  await place.data('key', 'rotate', 'card', ...by)
  await place.data('key', 'destroy', 'card#1', '--confirm', 'card#1', ...by)
})

const verify = () => place.keyrite(['partition', 'check', ...place.approvedBy('bob', 'carol')])

test('each is named, with what to do about it, exit 5', async () => {
  assert.equal((await verify()).code, 0)
  const key = (name: string) => ['--type', 'secrkey', '--id', idOf(place, name)]
  const make = (label: string, id: string) =>
    pkcs11Tool(place, ['--keygen', '--key-type', 'AES:32', '--private', '--label', label, '--id', id])

  await pkcs11Tool(place, ['--delete-object', ...key('k-1')])
  await pkcs11Tool(place, ['--delete-object', '--type', 'pubkey', '--id', idOf(place, 'pair-1')])
  await make('k-2#1', idOf(place, 'k-2'))
  await make('card#1', idOf(place, 'card'))
  await make('mine', 'abcd')
  await pkcs11Tool(place, ['--delete-object', ...key('k-3')])
  await make('k-3#1', idOf(place, 'k-3'))
  await pkcs11Tool(place, ['--keygen', '--key-type', 'AES:16', '--label', 'k-7#1', '--id', 'ee'])
  await asUser(
    place,
    `
    const named = (label) => byLabel(label, 4)
    // Each has the other's private half.
    const halves = ['pair-3#1', 'pair-4#1'].map((label) => byLabel(label, 3))
    const names = halves.map((half) => [[0x102, read(half, 0x102)], [3, read(half, 3)]])
    halves.forEach((half, i) => lib.C_SetAttributeValue(session, half, attributes(names[1 - i])))
    lib.C_SetAttributeValue(session, named('k-4#1'), attributes([[3, 'k-4#9']]))
    lib.C_SetAttributeValue(session, named('k-5#1'), attributes([[0x104, false]]))
    lib.C_SetAttributeValue(session, named('k-6#1'), attributes([[0x102, Buffer.from('0bad', 'hex')]]))
    lib.C_CreateObject(session, attributes([[0, 0], [1, true], [2, true], [3, 'papers'], [0x11, Buffer.from('x')]]))`,
  )

  const { code, json, stderr } = await verify()
  assert.equal(code, 5)
  assert.match(stderr, /^ {2}nothing changed but the ledger, which tells of it$/m)
  const { result, changed, error } = place.records().at(-1)
  assert.deepEqual([result, changed, error.code], ['failed', false, 'TOKEN-CONTENT'])
  assert.match(error.message, /^\d+ differences between token and ledger: k-1#1 missing; /)
  const findings: { kind: string; object: string; todo: string }[] = json.data.findings
  const named = findings.map(({ kind, object }) => `${kind} ${object}`).sort()
  for (const wanted of [
    'missing k-1#1',
    'incomplete pair-1#1',
    'duplicate k-2#1',
    'revived card#1',
    'replaced k-3#1',
    'replaced pair-3#1',
    'replaced pair-4#1',
    'changed k-4#1',
    'changed k-5#1',
    'missing k-6#1',
  ])
    assert.ok(named.includes(wanted), `${wanted} is not in ${named.join(', ')}`)
  const has = (kind: string, object: string) => findings.some((one) => one.kind === kind && one.object.includes(object))
  for (const object of ['mine', 'k-6#1', 'papers']) assert.ok(has('unknown', object), `unknown ${object}: ${named}`)
  assert.ok(has('look-alike', 'k-7#1'), `look-alike k-7#1: ${named}`)
  for (const { todo } of findings) assert.notEqual(todo, '')
  for (const { object } of findings) assert.ok(!/^(k-8#1|pair-2#1|card#2)/.test(object), `${object} was left alone`)
})

test('a key that forbids copies is not copied', async () => {
  const refusal = await asUser(
    place,
    `try { lib.C_CopyObject(session, byLabel('k-8#1', 4), attributes([[3, 'copy']])); return 'copied' } catch (error) { return error.message }`,
  )
  assert.match(String(refusal), /CKR_ACTION_PROHIBITED|:27\b/)
})

test('what to do about changed flags can be done: it depends on the state, and on the flag', async () => {
  using own = await partition()
  const by = own.approvedBy('alice', 'bob')
  const set = (flag: number) =>
    asUser(own, 'lib.C_SetAttributeValue(session, byLabel("card#1", 4), attributes([[input.flag, false]]))', { flag })
  const todo = async () => (await own.keyrite(['partition', 'check', ...by])).json.data.findings[0].todo
  const [ENCRYPT, DECRYPT, EXTRACTABLE] = [0x104, 0x105, 0x162]

  await set(ENCRYPT)
  // What was found is left as it is: the next check finds it too.
  assert.equal(await todo(), await todo())
  assert.match(
    await todo(),
    /^keyrite key suspend 'card#1' --reason 'to set its usage anew' && keyrite key resume 'card#1' /,
  )
  for (const verb of ['suspend', 'resume']) await own.data('key', verb, 'card', '--reason', 'usage anew', ...by)
  assert.deepEqual((await own.data('partition', 'check', ...by)).findings, [])

  await own.data('key', 'deactivate', 'card', '--reason', 'done with', ...by)
  await set(DECRYPT)
  assert.match(await todo(), /^keyrite backup restore/)
  await set(EXTRACTABLE)
  assert.match(await todo(), /^keyrite backup restore/)
})
