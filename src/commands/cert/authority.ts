// keyrite cert root, issue, crl: what a certification authority signs, by a profile, with a quorum for each signature.

import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { planCrl, planIssue, planRoot } from '../../change/operations/plan-certificate.ts'
import { checkPlanned, signCertificate } from '../../change/operations/sign-certificate.ts'
import { askFile, askNewFile } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import type { AuthorityPlan } from '../../domain/certificate-plans.ts'
import { sha256, toHex } from '../../domain/encoding.ts'
import { usage } from '../../domain/errors.ts'
import { add, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { quoted } from '../../domain/names.ts'
import { counted } from '../../domain/words.ts'
import { notGranted } from '../../domain/x509/grants.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'
import { type Issuer, readIssuer } from '../../x509/issuer.ts'
import { readCrlProfile, readIssueProfile, readRootProfile } from '../../x509/profile.ts'
import { readRequest } from '../../x509/request.ts'

interface Options extends ChangeOptions, AbsentOptions {
  in?: string
  out?: string
}

/** What a plan is made with. */
interface Asked {
  work: ChangeSession
  context: Context
  options: Options
  profile: string
  /** The text of the profile. */
  text: string
  file: string
}

interface Verb {
  verb: 'root' | 'issue' | 'crl'
  summary: string
  description: string
  examples: string[]
  plan(asked: Asked): Promise<AuthorityPlan>
}

const TIMES = 'It ends at not-after, or after valid-for (such as "3650d"), and begins at not-before or now.'
const AFTER =
  'The plan shows each field that will be signed. What the token gives is read again by another library, held against the plan and verified, and then written as PEM. ' +
  'docs/offline-root.md has a profile of each kind.'

const VERBS: readonly Verb[] = [
  {
    verb: 'root',
    summary: 'sign a certificate for a key itself: a root CA',
    description:
      'Signs a certificate (X.509, version 3) of an active pair that was made to sign, with that pair. The profile, in TOML, has key, subject and the end; and, where they are wanted, path-length, ' +
      `[name-constraints] with permitted and excluded, key-usage, policies and serial. ${TIMES} ${AFTER}`,
    examples: [
      'keyrite cert root root.toml --out root.pem --dry-run',
      `keyrite cert root root.toml --out root.pem ${SHARES}`,
    ],
    plan: rootPlan,
  },
  {
    verb: 'issue',
    summary: 'sign a certificate for the key of a request',
    description:
      'Signs a certificate for the public key of a request (PKCS#10), whose own signature is verified. The profile, in TOML, has key, issuer (the file with the certificate of that key), ca and the end; and, where they are ' +
      'wanted, subject (else that of the request), path-length, [name-constraints], key-usage, extended-key-usage, names, policies, crl-at, ocsp-at, issuer-at and serial. What the request asks for besides ' +
      `is told, each value of it, and does not become part of the certificate. The limits of the issuer are kept: its time, its path length, its purposes, its name constraints. ${TIMES} ${AFTER}`,
    examples: [
      'keyrite cert issue issuing.toml --in issuing.csr --out issuing.pem --dry-run',
      `keyrite cert issue issuing.toml --in issuing.csr --out issuing.pem ${SHARES}`,
    ],
    plan: issuePlan,
  },
  {
    verb: 'crl',
    summary: 'sign a revocation list',
    description:
      'Signs a revocation list (CRL, version 2) of what a key has issued. The profile, in TOML, has key, issuer (the file with the certificate of that key), next-update or valid-for, and a table [[revoked]] for each certificate, with ' +
      'serial, date and reason; elsewhere = true where the ledger does not know it; corrects = N where list N was wrong about it. What an earlier list revoked stays until its certificate has ended, and each list has the next number, or the one that number says: up to 2^52, so that others can follow. ' +
      AFTER,
    examples: [
      'keyrite cert crl crl.toml --out root.crl.pem --dry-run',
      `keyrite cert crl crl.toml --out root.crl.pem ${SHARES}`,
    ],
    plan: crlPlan,
  },
]

export function declare(parent: Command, context: Context): void {
  for (const verb of VERBS) declareVerb(verb, parent, context)
}

function declareVerb(verb: Verb, parent: Command, context: Context): void {
  const command = withExamples(withMembers(withPlan(parent.command(verb.verb))), ...(verb.examples as [string]))
    .summary(verb.summary)
    .description(verb.description)
    .argument('[profile.toml]', 'the file that says what is to be signed')
  if (verb.verb === 'issue') command.option('--in <file>', 'the request')
  command
    .option('--out <file>', 'the file to write')
    .action((profile: string | undefined, options: Options, given: Command) =>
      run(verb, profile, options, given, context),
    )
}

async function run(
  verb: Verb,
  given: string | undefined,
  options: Options,
  command: Command,
  context: Context,
): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { terminal } = work
  const profile =
    given ?? (await askFile(`the profile, such as ${verb.verb}.toml:`, add('PROFILE.toml'), context, terminal))
  checkNoKey(profile, verb.verb, work.history)
  const text = context.ledgers.readText(resolve(profile))
  const asked = { work, context, options, profile, text }
  const out = options.out ?? (await askNewFile('the file to write:', add('--out', 'FILE'), context, terminal))
  const file = resolve(out)
  context.ledgers.checkFree([file], work.globals.home)
  const plan = await verb.plan({ ...asked, file })
  await checkPlanned(plan)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(signCertificate(plan, context.ledgers))
  terminal.answer({ ...changeReport(`wrote ${out}, ${inWords(plan)}`, result), data: { ...result, ...answerOf(plan) } })
}

/** The key that signs is named in the profile: whoever names it here is told so. */
function checkNoKey(profile: string, verb: Verb['verb'], { keys }: History): void {
  const [name] = profile.split('#') as [string]
  if (existsSync(profile) || keys.newest(name) === 0) return
  throw usage(
    `${quoted(profile)} is a key, and this takes a profile: a file with the line key = "${name}", and what is to be signed`,
    keyrite('cert', verb, '--help'),
  )
}

async function rootPlan({ work, options, profile, text, file }: Asked): Promise<AuthorityPlan> {
  return planRoot(readRootProfile(text, profile), file, work.history, await work.planInputs(options))
}

async function issuePlan({ work, context, options, profile: toml, text, file }: Asked): Promise<AuthorityPlan> {
  const { history, terminal } = work
  const profile = readIssueProfile(text, toml)
  const issuer = await issuerOf(profile.issuer, toml, context)
  const csr = options.in ?? (await askFile('the request, such as issuing.csr:', add('--in', 'FILE'), context, terminal))
  const path = resolve(csr)
  // Read once: the hash in the plan is of what is signed.
  const bytes = context.ledgers.readBytes(path)
  const source = { path, sha256: toHex(sha256(bytes)) }
  const request = await readRequest(bytes, csr)
  if (request.unfit !== undefined && profile.subject !== undefined)
    terminal.say(`the request is for ${request.subject || 'nobody'}; what is signed is for the subject of the profile`)
  const plan = planIssue({ profile, issuer, request, source, file }, history, await work.planInputs(options))
  const left = notGranted(request.asks, plan.certificate)
  if (left.length > 0) terminal.say(['the request also asks for what it does not get:', ...inLines(left)])
  return plan
}

/** Nobody reads more. */
const MOST = 100
const inLines = (all: readonly string[]): string[] => [
  ...all.slice(0, MOST).map((one) => `  ${one}`),
  ...(all.length > MOST ? [`  and ${all.length - MOST} more, which inspect tells`] : []),
]

async function crlPlan({ work, context, options, profile: path, text, file }: Asked): Promise<AuthorityPlan> {
  const profile = readCrlProfile(text, path)
  const issuer = await issuerOf(profile.issuer, path, context)
  return planCrl(profile, issuer, file, work.history, await work.planInputs(options))
}

/** Its path is from the profile's own folder: who moves one moves both. */
async function issuerOf(issuer: string, profile: string, { ledgers }: Context): Promise<Issuer> {
  const path = resolve(dirname(profile), issuer)
  return await readIssuer(ledgers.readBytes(path), path)
}

function inWords(plan: AuthorityPlan): string {
  if (plan.op !== 'cert.crl') return `the certificate ${plan.certificate.serial} of ${plan.certificate.subject}`
  const { number, revoked } = plan.crl
  return `revocation list ${number}: ${revoked.length === 0 ? 'nothing is revoked' : `${counted(revoked.length, 'certificate')} revoked`}`
}

const answerOf = (plan: AuthorityPlan): object =>
  plan.op === 'cert.crl'
    ? { file: plan.file, number: plan.crl.number }
    : { file: plan.file, serial: plan.certificate.serial }
