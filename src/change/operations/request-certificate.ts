// A request for a certificate (PKCS#10) of a key pair, signed on the token: whoever gets it knows that the key is there, and nothing secret.

import { isRequestOf, type RequestedCertificate, requestInfo, requestPem } from '../../domain/certificate-request.ts'
import { fromBase64url, fromHex, sha256, toHex, utf8 } from '../../domain/encoding.ts'
import { notVerified, refused } from '../../domain/errors.ts'
import { artefactFrom } from '../../domain/file-names.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { CERTIFIABLE } from '../../domain/key-transitions.ts'
import { statableOnly } from '../../domain/keys.ts'
import { type KeyVersion, label } from '../../domain/names.ts'
import type { CertRequestPlan } from '../../domain/outward-plans.ts'
import type { KeyReport, KeyTarget } from '../../domain/shapes.ts'
import { formatSubject, type NamePart, parseSubject } from '../../domain/subject.ts'
import { parseName } from '../../domain/x509/constraints.ts'
import type { UserSession } from '../../hsm/port.ts'
import type { Files } from '../../ledger/port.ts'
import { checkOnToken, checkRestored, findKey, keysOnToken, knownKey, reportOf } from '../key-targets.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import { takeBackLent } from '../proofs.ts'
import { orNone } from '../what-lies-there.ts'

export type RequestFiles = Pick<Files, 'createFiles' | 'readText' | 'dropUnfinished'>

interface CertRequest {
  key: KeyVersion
  subject: readonly NamePart[]
  names: readonly string[]
  /** The absolute path of the file that is to be written. */
  file: string
}

/** KEY-EXISTS, KEY-PUBLIC, KEY-STATE, KEY-ABSENT. */
export function planCertRequest(request: CertRequest, history: History, inputs: PlanInputs): CertRequestPlan {
  checkNoneOpen(history)
  const entry = findKey(request.key, history)
  const name = label(entry.name, entry.version)
  const list = keyrite('key', 'list', '--state', CERTIFIABLE.join(','))
  if (entry.class !== 'pair')
    throw refused('KEY-PUBLIC', `${name} is a secret key: only a pair gets a certificate`, list)
  if (!CERTIFIABLE.includes(entry.state))
    throw refused('KEY-STATE', `${name} is ${entry.state}: it gets no certificate any more`, list)
  checkRestored([entry], history)
  const names = [...new Set(request.names.map(parseName))].sort()
  const { subject } = request
  const spki = entry.spki!
  const info = requestInfo({ subject, names, spki: fromBase64url(spki) })
  return {
    ...planHeader('cert.request', history, inputs),
    keys: [{ ...knownKey(entry), attributes: statableOnly(entry.attributes) }],
    file: request.file,
    subject: formatSubject(subject),
    ...(names.length > 0 ? { names } : {}),
    spki,
    tbs: toHex(sha256(info)),
  }
}

const requestedBy = ({ subject, names = [], spki }: CertRequestPlan): RequestedCertificate => ({
  subject: parseSubject(subject),
  names,
  spki: fromBase64url(spki),
})

export function requestCertificate(plan: CertRequestPlan, files: RequestFiles): Operation {
  const [target] = plan.keys
  return {
    check: (session) => checkOnToken(target, session),
    async run({ session }) {
      const wanted = requestedBy(plan)
      const info = requestInfo(wanted)
      const signature = await session.signAs({ id: fromHex(target.id), spki: wanted.spki, type: target.type }, info)
      const content = requestPem(info, target.type, signature)
      const keys = await readBack(target, session)
      return { changed: false, keys, artefacts: files.createFiles([{ path: plan.file, content }]) }
    },
    /** A file that has its name is whole, and what failed came after: a recovery reads it anew. */
    async determineOutcome(context) {
      const { artefacts } = await requestOutcome(plan, context, files)
      if (artefacts) throw notVerified('OUTCOME-FILES', `${plan.file} is there all the same`)
      return { changed: false, keys: [] }
    },
  }
}

/** Its signature, which the public key verifies, has proved it. */
export async function readBack(target: KeyTarget, session: UserSession): Promise<KeyReport[]> {
  const facts = (await keysOnToken([target], session)).get(target)
  return facts ? [reportOf(target, facts)] : []
}

/** Done where the file is there, as planned. That it is not proves nothing: people carry such files away. */
export async function requestOutcome(
  plan: CertRequestPlan,
  { session, history }: Pick<OperationContext, 'session' | 'history'>,
  files: RequestFiles,
): Promise<Effects> {
  const [target] = plan.keys
  const { name, version, type } = target
  await takeBackLent([history.key(name, version)!], session)
  files.dropUnfinished(plan.file)
  const text = await orNone(() => files.readText(plan.file))
  const keys = await readBack(target, session)
  if (text === undefined || keys.length === 0 || !isRequestOf(text, type, requestedBy(plan)))
    return { changed: false, keys: [], unproved: true }
  return { changed: false, keys, artefacts: [artefactFrom(plan.file, utf8(text))] }
}
