// keyrite cert request: a certificate request for a key pair, signed on the token.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { planCertRequest, requestCertificate } from '../../change/operations/request-certificate.ts'
import { askFor, askKey, askNewFile } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, repeated, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { add } from '../../domain/hints.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { type NamePart, parseCertName, parseSubject } from '../../domain/subject.ts'
import { ChangeSession } from '../../session/change-session.ts'
import type { Terminal } from '../../terminal/port.ts'
import { changeReport } from '../../views/report.ts'
import { readRequestProfile } from '../../x509/profile.ts'

interface Options extends ChangeOptions, AbsentOptions {
  subject?: NamePart[]
  san: string[]
  profile?: string
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('request'))),
    `keyrite cert request sign/statements --subject 'CN=pay.example.com,O=Example Bank,C=DE' --out pay.csr --dry-run`,
    'keyrite cert request sign/statements --profile pay.toml --out pay.csr --dry-run',
    `keyrite cert request sign/statements --subject 'CN=pay.example.com' --san DNS:pay.example.com --out pay.csr ${SHARES}`,
  )
    .summary('write a certificate request for a key pair')
    .description(
      'Writes a certificate request (PKCS#10, PEM) for a key pair, signed by its private key on the token, for a CA to make a certificate of. ' +
        'A key that may not sign, since it decrypts, is not active yet or only processes, signs this one request as a proof that it is there. ' +
        'The plan shows the SHA-256 of the bytes that are signed. Nothing secret is in it.',
    )
    .argument('[name#v]', 'the key, or one version of it', parseKeyVersion)
    .option(
      '--subject <subject>',
      'whom the certificate is for, such as CN=pay.example.com,O=Example Bank,C=DE',
      parseSubject,
    )
    .addOption(
      repeated('--san <kind:name>', 'another name: DNS:, IP:, EMAIL: or URI: before it; repeatable', parseCertName),
    )
    .option('--profile <file>', 'a TOML file with subject and names, instead of --subject and --san')
    .option('--out <file>', 'the file to write')
    .action((key: KeyVersion | undefined, options: Options, command: Command) => run(key, options, command, context))
}

async function run(given: KeyVersion | undefined, options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const key = given ?? (await askKey('request', parseKeyVersion, history, terminal))
  const wanted = await wantedBy(options, context, terminal)
  const file =
    options.out ?? (await askNewFile('the file to write, such as pay.csr:', add('--out', 'FILE'), context, terminal))
  const request = { key, ...wanted, file: resolve(file) }
  const plan = planCertRequest(request, history, await work.planInputs(options))
  context.ledgers.checkFree([plan.file], work.globals.home)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(requestCertificate(plan, context.ledgers))
  const [{ name, version }] = plan.keys
  const told = `wrote ${file}, a certificate request of ${label(name, version)} for ${plan.subject}`
  terminal.answer({ ...changeReport(told, result), data: { ...result, file: plan.file } })
}

/** USAGE, CERT-PROFILE. */
async function wantedBy(
  { profile, subject, san }: Options,
  { ledgers }: Context,
  terminal: Terminal,
): Promise<{ subject: readonly NamePart[]; names: readonly string[] }> {
  if (profile === undefined) return { subject: subject ?? (await askSubject(terminal)), names: san }
  const flag = subject ? '--subject' : san.length > 0 ? '--san' : undefined
  if (flag !== undefined)
    throw usage(`${flag} is given, and --profile says what the request is to say`, `the same command without ${flag}`)
  return readRequestProfile(ledgers.readText(resolve(profile)), profile)
}

const askSubject = (terminal: Terminal): Promise<NamePart[]> =>
  askFor(
    'whom the certificate is for, such as CN=pay.example.com:',
    add('--subject', 'CN=NAME'),
    parseSubject,
    terminal,
  )
