// Other programs on a partition's token, as M custodians can run them: the PIN is the reader's, the work is pkcs11-tool's.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { type Result, runProgram } from './keyrite.ts'
import type { TestPartition } from './partition.ts'
import { inRepo } from './paths.ts'

const pins = new Map<string, Promise<string>>()

/** The PIN of the token's user, from two plain shares and by a program that shares no line with ours. */
export function derivedPin(place: TestPartition): Promise<string> {
  const known = readFileSync(place.share('alice'), 'utf8')
  const pin = pins.get(known) ?? derive(place)
  pins.set(known, pin)
  return pin
}

async function derive(place: TestPartition): Promise<string> {
  const reader = inRepo('test/independent/reader.py')
  const args = [reader, 'pin', place.share('alice'), place.share('bob'), '--ledger', place.ledger]
  const { json, stdout, stderr } = await runProgram('python3', args)
  assert.equal(json?.ok, true, stdout + stderr)
  return json.pin
}

/** `pkcs11-tool ARGS` on the token `pay`, as its user or with no login, whatever comes of it. */
export async function tryPkcs11Tool(place: TestPartition, args: readonly string[], login = true): Promise<Result> {
  const env: Record<string, string> = { ...place.folder.env, ...(login && { PIN: await derivedPin(place) }) }
  const asWhom = login ? ['--login', '--pin', 'env:PIN'] : []
  return runProgram('pkcs11-tool', ['--module', place.folder.module, '--token-label', 'pay', ...asWhom, ...args], {
    env,
  })
}

/** The same, and an error unless it exits 0. Gives what it printed. */
export async function pkcs11Tool(place: TestPartition, args: readonly string[], login = true): Promise<string> {
  const { code, stdout, stderr } = await tryPkcs11Tool(place, args, login)
  assert.equal(code, 0, `pkcs11-tool ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

/** The same with data: `--encrypt`, `--decrypt`, `--sign`. Gives what it made of them. */
export async function pkcs11Bytes(place: TestPartition, args: readonly string[], data: Uint8Array): Promise<Buffer> {
  const [from, to] = [place.path('pkcs11-tool.in'), place.path('pkcs11-tool.out')]
  writeFileSync(from, data)
  await pkcs11Tool(place, [...args, '--input-file', from, '--output-file', to])
  return readFileSync(to)
}

/** The CKA_ID of a key in hex, as the ledger has it: pkcs11-tool knows a key by nothing else. */
export const idOf = (place: TestPartition, name: string, version = 1): string =>
  place
    .records()
    .flatMap(({ keys }) => keys ?? [])
    .find((key) => key.name === name && key.version === version).id
