// A key that was wrapped for the transport key of a request comes in: the transport key opens it on the token, and goes when the key has come.

import { notBefore } from '../../domain/clock.ts'
import { fromBase64url, fromHex, sha256, toHex } from '../../domain/encoding.ts'
import { notVerified, refused, usage } from '../../domain/errors.ts'
import { add, apart, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { holderOf, type ImportRequestNote } from '../../domain/import-requests.ts'
import type { KeyImportPlan } from '../../domain/inward-plans.ts'
import { typeOfPair } from '../../domain/key-in-file.ts'
import { classOf, secretLength } from '../../domain/keys.ts'
import { type KeyName, toTime } from '../../domain/names.ts'
import { wrongPublicKey } from '../../domain/number-checks.ts'
import { pairFingerprint, publicKeyOf } from '../../domain/public-keys.ts'
import type { Artefact } from '../../domain/shapes.ts'
import { specOf } from '../key-targets.ts'
import type { Operation } from '../operation.ts'
import type { PlanInputs } from '../plan-header.ts'
import type { HostSources } from '../ports.ts'
import { importKey, planImport } from './import-key.ts'

/** What somebody sent, and by which request. */
interface Sent {
  name: KeyName
  /** Of the file of the request: its name for people, and its SHA-256. */
  request: Pick<Artefact, 'name' | 'sha256'>
  /** The absolute path of the blob. */
  path: string
  blob: Uint8Array
  /** Of a secret key, 6 to 10 digits with their method. */
  kcv?: string | undefined
  /** Of a pair: its public key as the sender gave it, and the name of that file. */
  publicKey?: { spki: Uint8Array; path: string } | undefined
  sender?: string | undefined
}

/** IMPORT-REQUEST, IMPORT-EXPIRED, IMPORT-BLOB, IMPORT-CHECK, KEY-FILE, KEY-NUMBERS, KEY-NEW, KEY-DISTINCT. */
export function planWrappedImport(sent: Sent, history: History, inputs: PlanInputs): KeyImportPlan {
  const note = requestFor(sent, history)
  checkInTime(note, history.time, inputs.sources.clock())
  checkHolderThere(note, inputs)
  checkBlob(sent, note)
  const { name, type, usage: uses, backup, accepted = [], sha256: request } = note
  const origin = { kind: 'transport' as const, request, ...(sent.sender === undefined ? {} : { sender: sent.sender }) }
  const source = { path: sent.path, bytes: sent.blob.length, sha256: toHex(sha256(sent.blob)) }
  const wanted = { name: name as KeyName, type, usage: uses, backup, accepted, origin, source }
  return planImport({ ...wanted, check: checkOf(sent, note) }, history, inputs)
}

const anew = ({ name, type }: Pick<ImportRequestNote, 'name' | 'type'>) =>
  keyrite('key', 'import-request', name, '--type', type, '--out', 'FILE')

/** IMPORT-REQUEST: the one that this file is of, as long as it is open. */
function requestFor({ name, request }: Sent, { requests }: History): ImportRequestNote {
  const note = requests.get(request.sha256)
  if (note === undefined)
    throw refused(
      'IMPORT-REQUEST',
      `${request.name} is no request of this ledger: it was changed, or is of another partition`,
      apart(keyrite('inspect', request.name), 'then take the file as it was written here'),
    )
  if (note.name !== name)
    throw usage(
      `${request.name} asks for ${note.name}, not for ${name}`,
      keyrite('key', 'import', note.name, '--request', request.name),
    )
  if (note.state !== 'open')
    throw refused(
      'IMPORT-REQUEST',
      `the request of record ${note.record} ${ENDED[note.state]}`,
      note.state === 'used' ? keyrite('key', 'show', name) : to('ask anew', anew(note)),
    )
  return note
}

const ENDED = {
  used: 'was answered: its key came in, and its transport key is gone',
  cancelled: 'was given up, and its transport key is gone',
  lost: 'ended with its token: its transport key is not on this one',
}

/** IMPORT-EXPIRED: by the ledger's time, which its record will have, or by the clock. */
function checkInTime({ name, type, until, ends = until }: ImportRequestNote, last: string, now: Date): void {
  const clock = toTime(now)
  if (notBefore(last, now) <= until && clock <= ends) return
  const ahead = clock <= ends ? `, and the last record of the ledger is of ${last}, though it is ${clock} here` : ''
  throw refused('IMPORT-EXPIRED', `the request for ${name} ended at ${ends}${ahead}`, {
    lines: [keyrite('key', 'import-request', name, '--cancel'), anew({ name, type })],
  })
}

/** IMPORT-REQUEST: what opens it is on one member alone. */
function checkHolderThere(note: ImportRequestNote, { members }: PlanInputs): void {
  const holder = holderOf(note)
  if (!members?.absent.includes(holder)) return
  throw refused(
    'IMPORT-REQUEST',
    `the transport key of the request for ${note.name} is on ${holder} alone, which is left out`,
    apart(
      `bring ${holder} back, and leave out --absent for it`,
      to(
        'where that can not be done, give the request up, and ask anew',
        keyrite('key', 'import-request', note.name, '--cancel', '--absent', holder),
        anew(note),
      ),
    ),
  )
}

/** IMPORT-BLOB: what was wrapped for this transport key has a length that can be reckoned. */
function checkBlob({ blob, path }: Sent, { bits, type }: ImportRequestNote): void {
  const rest = blob.length - bits / 8
  const length = secretLength(type)
  const isDirect = length !== undefined && rest === 0
  const isWrapped = length === undefined ? rest >= 24 && rest % 8 === 0 : rest === 8 * Math.ceil(length / 8) + 8
  if (isWrapped || isDirect) return
  const what =
    rest < 0
      ? 'cut, or made for a smaller transport key'
      : rest === 0
        ? 'wrapped directly, and a pair is wrapped in two parts'
        : `no ${type} in two parts`
  throw refused(
    'IMPORT-BLOB',
    `${path} has ${blob.length} bytes, and a transport key of ${bits} bits: it is ${what}`,
    'the file of the request says what the sender has to type',
  )
}

/** What the key has to be: IMPORT-CHECK, KEY-FILE, KEY-NUMBERS. */
function checkOf({ kcv, publicKey }: Sent, { type }: ImportRequestNote): string | undefined {
  if (classOf(type) === 'secret') {
    if (publicKey) throw usage(`${type} has no public key`, 'leave --public out; its check value is for: --kcv')
    const methods = METHODS[type.split('-')[0]!]!
    const method = kcv?.split(':')[0]
    if (method !== undefined && !methods.includes(method))
      throw usage(`${type} has no check value by ${method}`, `by: ${methods.join(', ')}`)
    return kcv
  }
  if (kcv !== undefined)
    throw usage('a pair has no check value', 'leave --kcv out; its public key is for: --public FILE')
  if (publicKey === undefined)
    throw refused(
      'IMPORT-CHECK',
      `of a pair the sender's public key is needed: without it nobody could tell which key came`,
      add('--public', 'FILE'),
    )
  const { spki, path } = publicKey
  const found = typeOfPair(publicKeyOf(spki), { path, type })
  const wrong = wrongPublicKey(spki)
  if (wrong !== undefined)
    throw refused('KEY-NUMBERS', `the public key in ${path} is not sound: ${wrong}`, 'have its owner make another')
  if (found !== type)
    throw refused(
      'KEY-FILE',
      `the public key in ${path} is of type ${found}, and the request is for ${type}`,
      'ask its sender for the public key of what was sent, or make a request for the other type',
    )
  return pairFingerprint(spki)
}

/** By which a token can tell a key of each kind. */
const METHODS: { readonly [kind: string]: readonly string[] } = { aes: ['cmac5', 'ecb3'], hmac: ['hmac5'] }

/** TRANSPORT-THERE, and what importKey throws. `publicKey`: of a pair. */
export function importWrapped(
  plan: KeyImportPlan,
  { blob, publicKey }: Pick<Sent, 'blob' | 'publicKey'>,
  history: History,
  sources: Pick<HostSources, 'clock'>,
): Operation {
  const [target] = plan.keys
  const note = noteOf(plan, history)
  const transport = transportOf(note)
  const spki = publicKey ? { spki: publicKey.spki } : {}
  const check = plan.check === undefined ? {} : { check: plan.check }
  const coming = { ...specOf(target), bits: note.bits, blob, ...spki, ...check }
  const operation = importKey(plan, (session) => session.takeIn(transport, coming))
  return {
    ...operation,
    async check(session, known) {
      await operation.check!(session, known)
      checkInTime(note, known.time, sources.clock())
      if (await session.provesTransport(transport)) return
      throw notVerified(
        'TRANSPORT-THERE',
        `the transport key of the request for ${note.name} is not on the token`,
        keyrite('key', 'import-request', note.name, '--cancel'),
      )
    },
  }
}

function noteOf({ keys: [{ origin }] }: KeyImportPlan, { requests }: History): ImportRequestNote {
  const note = origin.kind === 'transport' ? requests.get(origin.request) : undefined
  if (note) return note
  throw new TypeError('the key comes by no request')
}

const transportOf = ({ id, spki, hash }: ImportRequestNote) => ({ id: fromHex(id), spki: fromBase64url(spki), hash })
