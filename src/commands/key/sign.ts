// keyrite key sign: a signature over a file, or over a digest that somebody brings, under the quorum.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import {
  checkNoCertificate,
  checkSigns,
  planSignature,
  signingKey,
  signWithKey,
  toSign,
} from '../../change/operations/sign-with-key.ts'
import { askFile, askKey, askNewFile } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, oneOf, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { hintText } from '../../domain/hint-text.ts'
import { add, keyrite, sh, to } from '../../domain/hints.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import type { Digest, KeySignPlan } from '../../domain/outward-plans.ts'
import {
  formOf,
  HASHES,
  type Hash,
  opensslVerify,
  PADDINGS,
  type Padding,
  parseDigest,
  usualHash,
} from '../../domain/signing.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions, AbsentOptions {
  in?: string
  digest?: Digest
  hash?: Hash
  padding?: Padding
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('sign'))),
    'keyrite key sign sign/statements --in statement.pdf --out statement.sig --dry-run',
    `keyrite key sign sign/statements --in statement.pdf --out statement.sig ${SHARES}`,
  )
    .summary('sign a file, or a digest of one')
    .description(
      'Signs a file with an active pair that was made to sign. The file is hashed here, piece by piece, and the token signs its digest; the plan ' +
        'shows its name, size and hash, and what the token gives is verified before it is written. --digest signs a digest that was made elsewhere: ' +
        'its custodians approve contents that nobody shows them. The signature of an ec key is ECDSA in DER, of an rsa key PKCS#1 v1.5, or PSS with a ' +
        "salt as long as the hash, and of ed25519 and ml-dsa keys over the file itself, of 1 MiB at the most. A key that the ledger knows as a CA's signs no file that is an ASN.1 structure, as certificates and lists are signed: these are of cert issue and cert crl. The command ends by saying how openssl verifies it.",
    )
    .argument('[name#v]', 'the key, or one version of it', parseKeyVersion)
    .option('--in <file>', 'the file to sign')
    .option('--digest <hash:hex>', 'a bare digest instead, such as sha384: and 96 hex digits', parseDigest)
    .option(
      '--hash <hash>',
      `${HASHES.join(', ')}; by default the one that is as strong as the key`,
      oneOf('hash', HASHES),
    )
    .option('--padding <padding>', 'of an rsa key: pkcs1, which is the default, or pss', oneOf('padding', PADDINGS))
    .option('--out <file>', 'the file to write the signature to')
    .action((key: KeyVersion | undefined, options: Options, command: Command) => run(key, options, command, context))
}

async function run(given: KeyVersion | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const { digest, hash, padding } = options
  if (digest && options.in !== undefined) throw usage('--digest is given beside --in: which of the two')
  if (digest && hash)
    throw usage('--hash is given beside --digest, which names its own', 'the same command without --hash')
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const key = given ?? (await askKey('sign', parseKeyVersion, history, terminal))
  const source = digest
    ? undefined
    : (options.in ?? (await askFile('the file to sign:', add('--in', 'FILE'), context, terminal)))
  const question = 'the file for the signature, such as statement.sig:'
  const file = options.out ?? (await askNewFile(question, add('--out', 'FILE'), context, terminal))
  context.ledgers.checkFree([resolve(file)], work.globals.home)
  const entry = signingKey(key, history)
  const check = (head: Uint8Array, bytes: number): void => checkNoCertificate(source!, head, bytes, entry, history)
  const of = digest ? { digest } : await toSign(resolve(source!), hash ?? usualHash(entry.type), context.ledgers, check)
  const plan = planSignature({ key, of, padding, file: resolve(file) }, history, await work.planInputs(options))
  using approved = await work.approve(plan, options, async ({ hsm, slot }) => checkSigns(plan, await hsm.foresee(slot)))
  if (!approved) return
  const result = await approved.carryOut(signWithKey(plan, context.ledgers))
  const name = label(plan.keys[0].name, plan.keys[0].version)
  const verify = howToVerify(plan, name, file, source)
  terminal.answer({
    ...changeReport(`wrote ${file}, a signature by ${name}, ${formInWords(plan)}`, result),
    data: { ...result, file: plan.file, form: formOf(plan.scheme), verify },
  })
  terminal.say(`  ${verify}`)
}

const formInWords = ({ scheme }: KeySignPlan): string => (scheme === 'ecdsa' ? 'ecdsa in DER' : scheme)

/** What begins with a dash is a file all the same. */
const noOption = (path: string): string => (path.startsWith('-') ? `./${path}` : path)

/** Where only a digest is known, its bytes lie in a file of whoever brought it. */
const howToVerify = (plan: KeySignPlan, name: string, signature: string, source: string | undefined): string =>
  hintText(
    to(
      'to verify it',
      keyrite('key', 'public', name, '--out', 'public.pem'),
      sh(...opensslVerify(plan, 'public.pem', noOption(signature), noOption(source ?? 'digest.bin'))),
    ),
  )
