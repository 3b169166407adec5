// What a file says of itself, by its kind. Nothing is checked, and nothing secret is shown.
import { openRegular } from '../disk/files.ts'
import { parseBackupLine } from '../domain/backup.ts'
import { recordCode } from '../domain/code.ts'
import { parseConfirmation } from '../domain/confirmation-file.ts'
import { parseAnswer, parseAsked } from '../domain/drill-files.ts'
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { EXIT, type KeyriteError, notVerified } from '../domain/errors.ts'
import { checkOfItsKey } from '../domain/import-request-file.ts'
import { parseKeyBlock } from '../domain/key-block.ts'
import { keyBlockFacts } from '../domain/key-block-words.ts'
import { memberOf } from '../domain/newer.ts'
import { isPlan, serialOf } from '../domain/plan.ts'
import { planCode } from '../domain/proposal.ts'
import { parseContribution, parseSentPlan } from '../domain/proposal-files.ts'
import { leafOf, parseLine } from '../domain/record.ts'
import { parseRequest, stationCode } from '../domain/station-request.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { planInMemory } from '../domain/templates.ts'
import { wrapsInWords } from '../domain/wrap-kinds.ts'
import { CEREMONY_FACTS, manifestIn } from './ceremony-facts.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { KINDS, type Kind, kindOf } from './kind.ts'
import { readLines } from './lines.ts'
import type { Facts, Inspected } from './port.ts'
import { decode } from './replay.ts'

/** FILE-MISSING, FILE-KIND; of a file that is damaged the rule that it breaks. */
export const inspect = (path: string): Inspected => inspectFile(manifestIn(path))

function inspectFile(path: string): Inspected {
  const kind = kindOf(path)
  if (kind === undefined)
    return {
      kind: 'unknown',
      what: 'no file that is known by its content; a PIN, a passphrase and a wrapped key have no mark of their own',
      facts: {},
    }
  try {
    return { kind, what: KINDS[kind], facts: FACTS[kind]?.(path) ?? {} }
  } catch (error) {
    const failure = unreadable(error)
    if (failure.exit !== EXIT.verification || failure.code === 'FORMAT-NEWER') throw error
    const message = `${path} begins like ${KINDS[kind]}, and is damaged: ${failure.message}`
    throw failure.with({ message, hint: 'take another copy of the file' })
  }
}

/** A value that no reader of ours foresaw, such as half of a surrogate pair, is a fault of the file and not ours. */
function unreadable(error: unknown): KeyriteError {
  const failure = failureFrom(error)
  return failure.exit === EXIT.bug ? notVerified('FILE-TEXT', 'it holds a value that can not be read') : failure
}

const FACTS: { readonly [kind in Kind]?: (path: string) => Facts } = {
  backup(path) {
    const line = parseBackupLine(firstLine(path))
    if (!('header' in line)) return {}
    const { name, partition, token, created, ledger, keys, omitted } = line.header
    const told = { name, partition, token, created, record: ledger.seq, keys, omitted: omitted.length }
    return { ...told, wrapped: wrapsInWords(wrapsOf(path)) }
  },
  ledger(path) {
    const first = firstLine(path)
    const { record } = parseLine(first)
    const { partition, time: created } = record
    const begins = record.type === 'partition.created' ? { name: record.name, token: record.token.serial } : {}
    return { ...begins, partition, created, anchor: recordCode(toBase64url(leafOf(first))), ...endOf(path) }
  },
  report: (path) => ({
    command: /\bkeyrite report [a-z-]+ [^\n"<|]*?--as-of [\d:.TZ-]+(?: --through \d+)?/.exec(textOf(path))?.[0],
  }),
  checkpoint(path) {
    const { origin, size, root, note } = parseCheckpoint(textOf(path))
    const signers = note.signatures.map(({ name }) => name).join(', ')
    const code = recordCode(toBase64url(Buffer.from(root, 'base64')))
    return { partition: origin.replace(/^keyrite\//, ''), records: size, root: code, signers }
  },
  certificate(path) {
    const first = firstLine(path)
    if (!first.startsWith('{')) return {}
    const statement = memberOf(jsonOf(first), 'statement')
    const [one] = listIn(statement, 'tokens')
    return {
      ...textsIn(statement, 'name', 'partition'),
      token: textIn(memberOf(one, 'token'), 'serial'),
      key: keyIn(memberOf(statement, 'key')),
      ...textsIn(statement, 'destroyed', 'retired'),
      ...textsIn(one, 'found', 'state'),
    }
  },
  pending: (path) => textsIn(jsonOf(firstLine(path)), 'kind', 'stage', 'name', 'partition', 'token', 'module'),
  plan(path) {
    const value = jsonOf(firstLine(path))
    const found = memberOf(memberOf(value, 'data'), 'plan') ?? value
    // As an answer has it, or as a ledger does.
    const plan = memberOf(found, 'templates') === undefined ? found : planInMemory(found)
    if (!isPlan(plan)) return foreseen(plan)
    const { op, partition, created, expires } = plan
    const whose =
      plan.op === 'partition.init' || plan.op === 'partition.adopt'
        ? { name: plan.name, token: plan.token.serial }
        : { token: serialOf(plan) }
    return { op, ...whose, partition, code: planCode(plan), created, expires }
  },
  challenge(path) {
    const { name, partition, challenge, time } = parseAsked(`${firstLine(path)}\n`)
    return { name, partition, record: challenge.seq, time }
  },
  answer(path) {
    const { partition, challenge } = parseAnswer(`${firstLine(path)}\n`)
    return { partition, record: challenge.seq }
  },
  confirmation(path) {
    const { partition, group, epoch, custodian } = parseConfirmation(`${firstLine(path)}\n`)
    return { custodian, group, epoch, partition }
  },
  issue: (path) => textsIn(jsonOf(firstLine(path)), 'group', 'partition'),
  proposal(path) {
    const { plan, signed } = parseSentPlan(`${firstLine(path)}\n`)
    const { op, partition, created, expires, head } = plan
    // The code of it is read to whoever approves: it is shown nowhere else.
    return {
      op,
      partition,
      record: head.seq,
      signed: signed.map(({ custodian }) => custodian).join(', '),
      created,
      expires,
    }
  },
  contribution(path) {
    const { partition, plan, key, sealed } = parseContribution(`${firstLine(path)}\n`)
    return {
      partition,
      plan,
      key,
      sealed: `${fromBase64url(sealed).length} bytes, for the process that waits with that plan`,
    }
  },
  proof(path) {
    const proof = memberOf(jsonOf(firstLine(path)), 'proof')
    const key = memberOf(proof, 'key')
    return {
      ...textsIn(proof, 'name', 'partition'),
      key: keyIn(key) ?? textIn(key, 'name'),
      records: linesIn(path) - 1,
    }
  },
  'witness-request'(path) {
    const { origin, size } = parseCheckpoint(textOf(path).replace(/^(.+\n)*\n/, ''))
    return { partition: origin.replace(/^keyrite\//, ''), seen: Number(firstLine(path).slice(4)), records: size }
  },
  'station-request'(path) {
    const { partition, anchor, key, created, host } = parseRequest(`${firstLine(path)}\n`).request
    return { host: host.name, user: host.user, partition, anchor: recordCode(anchor), code: stationCode(key), created }
  },
  'import-request'(path) {
    const request = memberOf(jsonOf(textOf(path)), 'request')
    checkOfItsKey(request)
    const { name: key, type } = textsIn(memberOf(request, 'key'), 'name', 'type')
    return { ...textsIn(request, 'name', 'partition'), key, type, ...textsIn(request, 'created', 'until', 'sha256') }
  },
  'key-block': (path) => keyBlockFacts(parseKeyBlock(textOf(path))),
  ...CEREMONY_FACTS,
}

/** What --dry-run shows before a token has a serial. */
function foreseen(plan: unknown): Facts {
  const facts = textsIn(plan, 'op', 'name', 'partition')
  return facts.op === undefined ? {} : { ...facts, foreseen: 'it names no token yet, and nobody can approve it' }
}

/** The kinds of wrapping that its keys say. */
function* wrapsOf(path: string): Generator<string> {
  for (const { bytes, whole } of readLines(openRegular(path))) {
    if (!whole) return
    const wrap = textIn(memberOf(jsonOf(decode(bytes)), 'key'), 'wrap')
    if (wrap !== undefined) yield wrap
  }
}

/** How many records there are, and when the last one was written. */
function endOf(path: string): Facts {
  let records = 0
  let last: Buffer | undefined
  for (const { bytes, whole } of readLines(openRegular(path))) {
    if (!whole) break
    records++
    last = bytes
  }
  return { records, last: last && parseLine(decode(last)).record.time }
}

const linesIn = (path: string): number => [...readLines(openRegular(path))].length

function firstLine(path: string): string {
  for (const { bytes } of readLines(openRegular(path))) return decode(bytes)
  return ''
}

const textOf = (path: string): string =>
  Array.from(readLines(openRegular(path)), ({ bytes }) => `${decode(bytes)}\n`).join('')

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notVerified('FILE-TEXT', 'it is no JSON')
  }
}

/** What is no text is not told. */
function textIn(value: unknown, name: string): string | undefined {
  const text = memberOf(value, name)
  return typeof text === 'string' ? text : undefined
}

function keyIn(key: unknown): string | undefined {
  const [name, version] = [textIn(key, 'name'), memberOf(key, 'version')]
  return name !== undefined && typeof version === 'number' ? `${name}#${version}` : undefined
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name)
  return Array.isArray(list) ? list : []
}

const textsIn = (value: unknown, ...names: string[]): Facts =>
  Object.fromEntries(names.map((name) => [name, textIn(value, name)]))
