// Keys that come from elsewhere, and are crashed on their way in.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { History } from '../../src/domain/history.ts'
import { blockOf } from '../support/key-blocks.ts'
import { sealedFor } from '../support/sent-keys.ts'
import vectors from '../vectors/components.json' with { type: 'json' }
import pkcs8 from '../vectors/pkcs8.json' with { type: 'json' }
import { askForKey, bringAlike, KBPK, requestOf, withAlike, withAsked, withKeys, withProtector } from './beginnings.ts'
import { again, type Operation, on, sampled } from './operation.ts'
import type { Place } from './place.ts'

const ZMK = vectors.vectors[0]!
const NUMBERS = [0, 1, 2]

const filesOf = ({ out }: Place): string[] => NUMBERS.map((i) => join(out, `component.${i}`))
const named = (files: readonly string[]): string[] => files.flatMap((file) => ['--component-file', file])

/** A key of components that people have in files. */
const join3 = (place: Place): string[] => {
  mkdirSync(place.out, { recursive: true })
  const files = filesOf(place)
  for (const [i, file] of files.entries()) writeFileSync(file, `${ZMK.components[i]}\n`, { mode: 0o600 })
  return place.changing('key', 'import', 'new', '--type', 'tdes-112', '--components', '3', ...named(files))
}

const issue3 = (place: Place): string[] =>
  place.changing('key', 'generate', 'new', '--type', 'aes-256', '--issue-components', '3', ...named(filesOf(place)))

/** A pair that somebody else made, in a file. */
const bringFile = (place: Place): string[] => {
  mkdirSync(place.out, { recursive: true })
  const file = join(place.out, 'partner.jwk')
  writeFileSync(file, JSON.stringify(pkcs8.jwk), { mode: 0o600 })
  return place.changing('key', 'import', 'new', '--in', file, '--accept', 'clear-on-host')
}

/** It is that very key, or none. */
function isTheKey(history: History): void {
  const key = history.key('new', 1)
  if (key) assert.equal(key.fingerprint, `ecb3:${ZMK.kcv.toLowerCase()}`)
}

/** The same of the pair. */
function isThePair(history: History): void {
  const key = history.key('new', 1)
  if (key) assert.equal(key.fingerprint, `sha256:${pkcs8.spkiSha256}`)
}

/** A key that is there has all of its components, each in its file. */
function isWhole(history: History, place: Place): void {
  const key = history.key('new', 1)
  if (key?.origin.kind !== 'components') return
  for (const [i, file] of filesOf(place).entries()) {
    assert.ok(existsSync(file), file)
    assert.ok(readFileSync(file, 'utf8').includes(key.origin.components[i]!))
  }
}

/** What was sent by the request of the place that is copied: wrapped for the one transport key that its ledger has told of. */
export const bringSent = (place: Place): string[] => {
  const request = requestOf(place)
  const sent = join(place.out, 'sent')
  writeFileSync(sent, sealedFor(request, Buffer.from(SENT, 'hex')))
  return place.changing('key', 'import', 'new', '--request', request, '--in', sent, '--kcv', SENT_KCV)
}

const SENT = '3f419e1cb7079442aa37474c2efbf8b8'
const SENT_KCV = 'cmac5:08793e25ab'
export const withdraw = (place: Place): string[] => place.changing('key', 'import-request', 'new', '--cancel')

/** A key that came has used its request up; without one the request is open, where it was not given up. */
export function isUsed({ requests, keys }: History): void {
  const [request] = requests.all
  assert.equal(request?.state, keys.newest('new') > 0 ? 'used' : 'open')
}

/** A key in a key block, under a key of the token that others know. */
const bringBlock = (place: Place): string[] => {
  mkdirSync(place.out, { recursive: true })
  const file = join(place.out, 'data.block')
  writeFileSync(file, blockOf(Buffer.from(KBPK, 'hex'), 'D0000D0AB00E0000', Buffer.from(SENT, 'hex')))
  const how = ['--in', file, '--under', 'kbpk', '--type', 'aes-128', '--kcv', SENT_KCV, '--accept', 'clear-on-host']
  return place.changing('key', 'import', 'new', ...how)
}

/** A key that goes out in a block under it. */
const giveBlock = (place: Place): string[] => {
  mkdirSync(place.out, { recursive: true })
  const how = ['--for', 'key-block', '--under', 'kbpk', '--accept', 'clear-on-host', '--out', join(place.out, 'block')]
  return place.changing('key', 'export', 'kept#1', ...how)
}

/** It is that very key, or none; what protects its block may not sign. */
function isTheBlocks(history: History): void {
  const key = history.key('new', 1)
  if (key) assert.equal(key.fingerprint, SENT_KCV)
}

const recover = (place: Place): string[] => place.recover()
const joining = on(withKeys, 'import-components', join3, isTheKey)

export const INWARD_OPERATIONS: readonly Operation[] = [
  joining,
  sampled(again('import-components-recover', joining, /^C_UnwrapKey/, recover)),
  sampled(on(withKeys, 'import-file', bringFile, isThePair)),
  sampled(on(withAlike, 'import-alike', (place) => bringAlike(place, 1))),
  sampled(on(withProtector, 'import-block', bringBlock, isTheBlocks)),
  sampled(on(withProtector, 'export-block', giveBlock)),
  sampled(on(withKeys, 'issue-components', issue3, isWhole)),
  sampled(on(withKeys, 'import-request', askForKey)),
  on(withAsked, 'import-sent', bringSent, isUsed),
  sampled(on(withAsked, 'import-cancel', withdraw)),
]
