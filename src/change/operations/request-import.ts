// A request for a key that others are to send: a transport key on the token, and a signed file with its public half. It is used once, or given up.

import { fromHex, toBase64url } from '../../domain/encoding.ts'
import { deviceFailed, notVerified, refused, usage } from '../../domain/errors.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { formatImportRequest, importRequest, importRequestMessage } from '../../domain/import-request-file.ts'
import { transportIdOf } from '../../domain/import-requests.ts'
import type { KeyImportCancelPlan, KeyImportRequestPlan } from '../../domain/inward-plans.ts'
import { attributesFor, isTdes, type KeyType, type Usage } from '../../domain/keys.ts'
import { isMlDsa } from '../../domain/ml-dsa.ts'
import type { KeyName } from '../../domain/names.ts'
import type { ImportTry, TransportHash, UserSession } from '../../hsm/port.ts'
import type { Files } from '../../ledger/port.ts'
import type { Abilities } from '../abilities.ts'
import { checkNotAsked } from '../asked-names.ts'
import { checkCanTake } from '../import-ability.ts'
import { VERIFY } from '../key-targets.ts'
import { checkLeaves } from '../members/planned-members.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import { orNone } from '../what-lies-there.ts'
import { usagesFor } from './generate-keys.ts'

interface WantedImport {
  name: KeyName
  type: KeyType
  /** Usual for the type when absent. */
  usage?: readonly Usage[] | undefined
  backup: boolean
  accepted: readonly string[]
  bits: KeyImportRequestPlan['bits']
  hash: TransportHash
  /** Milliseconds for which it may be answered. */
  validFor: number
  /** The absolute path of the file that is to be written. */
  file: string
}

/** INTENT-OPEN, KEY-NEW, IMPORT-REQUEST, USAGE-POSSIBLE, MEMBER-KEYS. */
export function planImportRequest(wanted: WantedImport, history: History, inputs: PlanInputs): KeyImportRequestPlan {
  checkNoneOpen(history)
  const { name, type, backup, bits, hash, validFor, file } = wanted
  if (history.keys.newest(name) > 0)
    throw refused(
      'KEY-NEW',
      `${name} exists already, and only a key with a name of its own comes in`,
      keyrite('key', 'show', name),
    )
  checkNotAsked(name, history)
  if (isTdes(type))
    throw usage(
      `${type} comes in by its components, or in a file, and not by a request`,
      keyrite('key', 'import', name, '--type', type, '--components', '2'),
    )
  if (isMlDsa(type))
    throw usage(
      `a key of ${type} is made on the token, and not brought in`,
      keyrite('key', 'generate', name, '--type', type),
    )
  const uses = usagesFor(wanted)
  checkLeaves({ type, attributes: attributesFor(type, uses, backup) }, history)
  const header = planHeader('key.import-request', history, inputs)
  const accepted = [...new Set(wanted.accepted)].sort()
  const key = { name, type, usage: uses, backup, ...(accepted.length > 0 ? { accepted } : {}) }
  const until = new Date(Date.parse(header.created) + validFor).toISOString()
  return { ...header, wanted: key, bits, hash, until, file }
}

/** MECHANISM, WRAP-WITH-TRUSTED: what is asked for could come in, and be what it is to be. */
export function checkCanCome({ wanted, bits }: KeyImportRequestPlan, can: Abilities): void {
  checkCanTake({ ...wanted, accepted: wanted.accepted ?? [] }, can)
  const makes = can.generate[`rsa-${bits}`] ?? true
  if (makes === true) return
  throw deviceFailed(
    'MECHANISM',
    `the token makes no transport key of ${bits} bits: ${makes.lacks}`,
    add('--bits', '2048'),
  )
}

/** MECHANISM: gives the hash that the token opens RSA-OAEP with. */
export function triedHash({ can, lengths, hash }: ImportTry, type: KeyType): TransportHash {
  if (type.startsWith('hmac') && lengths !== true)
    throw deviceFailed(
      'MECHANISM',
      `no ${type} can come in by way of this token's RSA: ${lengths.lacks}`,
      to('have it sent in components', keyrite('key', 'import', '--help')),
    )
  if (can === true && hash !== undefined) return hash
  const why = can === true ? 'it knows no hash' : can.lacks
  throw deviceFailed(
    'MECHANISM',
    `no key can come in by way of this token's RSA: ${why}`,
    to('where its keys may be made there, make one', keyrite('key', 'generate', '--help')),
  )
}

type RequestFilePorts = Pick<Files, 'createFiles' | 'dropUnfinished' | 'artefactOf'>

export function requestImport(plan: KeyImportRequestPlan, files: RequestFilePorts): Operation {
  const id = transportIdOf(plan)
  return {
    /** KEY-NEW-ID */
    async check(session) {
      if ((await countOf(id, session)) === 0) return
      throw notVerified('KEY-NEW-ID', 'the token holds an object with the id that the transport key is to have', VERIFY)
    },
    async run({ session, history, signer }) {
      const { bits, hash, file } = plan
      const spki = await session.makeTransport({ id: fromHex(id), bits, hash })
      const request = importRequest(plan, history.name, spki)
      const value = toBase64url(await signer.sign(importRequestMessage(request)))
      const { id: key, alg } = signer.key
      const content = formatImportRequest(request, { key, alg, value })
      return {
        changed: true,
        keys: [],
        artefacts: files.createFiles([{ path: file, content }]),
        transport: toBase64url(spki),
      }
    },
    determineOutcome: (context) => importRequestOutcome(plan, context, files),
  }
}

const countOf = async (id: string, session: UserSession): Promise<number> =>
  (await session.countObjects([fromHex(id)]))[0]!

/** TRANSPORT-GONE: destroyed, and another session finds nothing of it. */
export async function dropTransport(id: string, session: UserSession): Promise<void> {
  await session.destroyKeys([fromHex(id)])
  if ((await countOf(id, session)) === 0) return
  throw notVerified(
    'TRANSPORT-GONE',
    'the transport key was destroyed, and something of it is still on the token',
    VERIFY,
  )
}

/** It can be made again at any time: what was cut off is taken back. */
export async function importRequestOutcome(
  plan: KeyImportRequestPlan,
  { session }: Pick<OperationContext, 'session'>,
  files: RequestFilePorts,
): Promise<Effects> {
  await dropTransport(transportIdOf(plan), session)
  files.dropUnfinished(plan.file)
  const there = await orNone(() => files.artefactOf(plan.file))
  const useless = `${plan.file} is there: if it is the file of the request that failed, its transport key is gone, and nothing comes in by it`
  return { changed: false, keys: [], ...(there ? { notes: [useless] } : {}) }
}

/** IMPORT-REQUEST: there is one to give up. */
export function planImportCancel(name: KeyName, history: History, inputs: PlanInputs): KeyImportCancelPlan {
  checkNoneOpen(history)
  const open = history.requests.named(name)
  if (open) return { ...planHeader('key.import-cancel', history, inputs), name, request: open.sha256 }
  const others = history.requests.open.map((one) => one.name)
  const message = `no request for ${name} is open${others.length > 0 ? `; open are those for ${others.join(', ')}` : ''}`
  throw refused('IMPORT-REQUEST', message, keyrite('key', 'list'))
}

export function cancelImport(plan: KeyImportCancelPlan): Operation {
  return {
    async run({ session, history }) {
      await dropTransport(history.requests.get(plan.request)!.id, session)
      return { changed: true, keys: [] }
    },
    /** Where it is gone, and something failed after that, a recovery says that it is. */
    async determineOutcome(context) {
      const effects = await importCancelOutcome(plan, context)
      if (effects.changed) throw notVerified('TRANSPORT-GONE', 'the transport key is gone all the same')
      return effects
    },
  }
}

export async function importCancelOutcome(
  { request }: KeyImportCancelPlan,
  { session, history }: Pick<OperationContext, 'session' | 'history'>,
): Promise<Effects> {
  const isGone = (await countOf(history.requests.get(request)!.id, session)) === 0
  return { changed: isGone, keys: [] }
}
