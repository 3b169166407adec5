// keyrite key import --request: a key that somebody wrapped for the transport key of a request. It is never in the clear here.

import { resolve } from 'node:path'
import { importWrapped, planWrappedImport } from '../../../change/operations/import-wrapped.ts'
import { askFile } from '../../../cli/ask.ts'
import type { AbsentOptions } from '../../../cli/member-options.ts'
import type { ChangeOptions } from '../../../cli/options.ts'
import { add } from '../../../domain/hints.ts'
import { holderOf } from '../../../domain/import-requests.ts'
import { type KeyName, label } from '../../../domain/names.ts'
import { readPublicKeyFile } from '../../../domain/wrapping-key.ts'
import type { ChangeSession } from '../../../session/change-session.ts'
import { changeReport } from '../../../views/report.ts'

export interface Options extends ChangeOptions, AbsentOptions {
  request?: string
  in?: string
  public?: string
  sender?: string
  kcv?: string
}

/** Asked of the file, since a check value is no proof of who made it. */
const QUESTION = 'the file that was sent, whose SHA-256 its sender says on the telephone:'

/** What planWrappedImport throws. */
export async function run(name: KeyName, request: string, options: Options, work: ChangeSession): Promise<void> {
  const { context, history, terminal } = work
  const { ledgers } = context
  const source = options.in ?? (await askFile(QUESTION, add('--in', 'FILE'), context, terminal))
  const path = resolve(source)
  const publicKey =
    options.public === undefined ? undefined : publicKeyIn(options.public, ledgers.readBytes(resolve(options.public)))
  const blob = ledgers.readBytes(path)
  const { kcv, sender } = options
  const sent = {
    name,
    request: { ...ledgers.artefactOf(resolve(request)), name: request },
    path,
    blob,
    kcv,
    publicKey,
    sender,
  }
  const note = history.requests.get(sent.request.sha256)
  const inputs = await work.planInputs(options, { ...options, acting: note && holderOf(note) })
  const plan = planWrappedImport(sent, history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(importWrapped(plan, { blob, publicKey }, history, context.sources))
  const [key] = result.keys
  const told = `imported ${label(name, 1)}: ${key!.state}, ${key!.fingerprint}; the transport key of its request is destroyed`
  terminal.answer(changeReport(told, result))
}

const publicKeyIn = (path: string, bytes: Uint8Array) => ({ path, spki: readPublicKeyFile(bytes, path).spki })
