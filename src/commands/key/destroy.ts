// keyrite key destroy: a key is destroyed for good, its absence is proven, and a certificate says so.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type StillHeldBy, stillHeldBy } from '../../change/held-elsewhere.ts'
import { findKey } from '../../change/key-targets.ts'
import { destroyKey, planDestruction } from '../../change/operations/destroy-key.ts'
import { askKey } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { certificateNames } from '../../domain/file-names.ts'
import { escaped, type KeyVersion, label, parseKeyVersion, shellQuoted } from '../../domain/names.ts'
import { counted, listed } from '../../domain/words.ts'
import { askCertificate, certificateFiles, certificateKept } from '../../session/certificate.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { formerToken, outsideInWords } from '../../views/held-elsewhere.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions, AbsentOptions {
  confirm?: string
  certificate?: string
  leaveCopies?: boolean
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('destroy'))),
    'keyrite key destroy payments/card-dek#1 --dry-run',
    `keyrite key destroy payments/card-dek#1 --confirm payments/card-dek#1 --certificate destruction.txt ${SHARES}`,
  )
    .summary('destroy a key for good, with a certificate')
    .description(
      'Destroys a version of a key on the token, once it is proved to be that key, and proves in a new session that it is gone. ' +
        'An active key has to be deactivated first. The certificate (text in FILE, signed JSON in FILE.json) names the backups and tokens that can still bring it back.',
    )
    .argument('[name#v]', 'the version, such as payments/card-dek#3', parseKeyVersion)
    .option('--confirm <name#v>', 'the same name again, instead of typing it')
    .option(
      '--leave-copies',
      'copies that applications have, or may have, stay there: plan, ledger and certificate name them',
    )
    .option('--certificate <file>', 'write a certificate of destruction')
    .action((key: KeyVersion | undefined, options: Options, command: Command) => run(key, options, command, context))
}

async function run(given: KeyVersion | undefined, options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const key = given ?? (await askKey('destroy', parseKeyVersion, work.history, work.terminal))
  const entry = findKey(key, work.history)
  const name = label(entry.name, entry.version)
  const file = options.certificate ?? (await askCertificate(options, context, work.terminal))
  const certificate = file === undefined ? undefined : resolve(file)
  const request = { key, certificate, leavesCopies: options.leaveCopies === true }
  const plan = planDestruction(request, work.history, await work.planInputs(options))
  if (plan.certificate !== undefined) context.ledgers.checkFree(certificateNames(plan.certificate), work.globals.home)
  using approved = await work.approve(plan, options)
  if (!approved) return
  let written = plan.certificate
  const tell = (why: string, kept: string) => {
    written = kept
    work.terminal.warn(certificateKept(why, kept))
  }
  const result = await approved.carryOut(
    destroyKey(plan, context.sources, certificateFiles(plan, work.partition, context.ledgers, tell)),
  )
  const still = holdersInWords(stillHeldBy(findKey(key, work.history), work.history))
  const files = written === undefined ? [] : certificateNames(written).map(shellQuoted)
  const certified = files.length === 0 ? '; no certificate was asked for' : `; certificate: ${files.join(' and ')}`
  const what = result.notes ? `${result.notes.join('; ')}; the ledger has ${name} as destroyed` : `destroyed ${name}`
  work.terminal.answer(changeReport(`${what}: ${still}${certified}`, result, result.notes && 'warning'))
}

/** A backup that was started, and may have been written, is named: somebody has to look for it. */
function holdersInWords({ copies = [], exports = [], origin, ...held }: StillHeldBy): string {
  const apps = copies.filter(({ former }) => !former).map(({ app }) => app)
  const former = copies.filter((copy) => copy.former).map(formerToken)
  const places = [...new Set(exports.map((note) => note.for))]
  return [
    beyondCopies(held, copies.length > 0),
    ...(apps.length === 0 ? [] : [`${listed(apps)} ${apps.length === 1 ? 'keeps a copy' : 'keep copies'} of it`]),
    ...(former.length === 0 ? [] : [`${escaped(listed(former))} may hold it still`]),
    ...(places.length === 0 ? [] : [`it went out to ${listed(places)}`]),
    ...(origin ? [escaped(outsideInWords(origin))] : []),
  ].join('; ')
}

/** `1 backup and 2 other tokens`. */
const heldBy = (backups: number, tokens: number): string =>
  [...(backups > 0 ? [counted(backups, 'backup')] : []), ...(tokens > 0 ? [counted(tokens, 'other token')] : [])].join(
    ' and ',
  )

/** `areCopied`: tokens of applications are named beside these. */
function beyondCopies({ backups, tokens }: StillHeldBy, areCopied: boolean): string {
  const perhaps = backups.filter(({ sha256 }) => sha256 === undefined)
  const sure = backups.length - perhaps.length + tokens.length
  const held =
    sure === 0
      ? `no backup ${areCopied ? '' : 'or other token '}${perhaps.length > 0 ? 'is known to hold' : 'holds'} it`
      : `still held by ${heldBy(backups.length - perhaps.length, tokens.length)}`
  const names = listed(perhaps.map(({ name, record }) => `${name} of record ${record}`))
  return perhaps.length === 0 ? held : `${held}; nobody knows whether a backup was written that may hold it: ${names}`
}
