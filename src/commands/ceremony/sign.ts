// keyrite ceremony sign: a witness signs the head of a journal with an SSH key of their own.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { notSigned, witnessOf } from '../../ceremony/verify/people.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { recordCode } from '../../domain/code.ts'
import { refused, usage } from '../../domain/errors.ts'
import { add, keyrite, sh, to } from '../../domain/hints.ts'
import { headText } from '../../domain/journal.ts'
import { parseCeremonyName, parseRoleName } from '../../domain/names.ts'
import { type CeremonyWork, finishedCeremony } from '../../session/ceremony-work.ts'
import { quotedLine } from '../../views/ceremony-step.ts'

interface Options {
  role?: string
  signature?: string
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    parent.command('sign'),
    'keyrite ceremony sign q4 --out q4.head',
    'keyrite ceremony sign q4 --role witness --signature q4.head.sig',
  )
    .summary('a witness signs the head of a journal')
    .description(
      'With --out writes the head, a line that stands for the whole journal, for ssh-keygen -Y sign -n keyrite-ceremony; with --signature takes what that has made. It is kept where it is by the key that the site file names for a person of that role, and over the head of this journal.',
    )
    .argument('<name>', 'the ceremony', parseCeremonyName)
    .option('--out <file>', 'where the head goes, to be signed')
    .option('--role <role>', 'as what the witness signs', parseRoleName)
    .option('--signature <file>', 'what ssh-keygen has made')
    .action((name: string, options: Options, command: Command) => run(name, options, command, context))
}

function run(name: string, options: Options, command: Command, context: Context): void {
  const globals = globalsOf(command, context)
  using work = finishedCeremony(name, globals, context)
  const head = headText(work.given.opened, work.leaf)
  if (options.signature !== undefined) return take(options.signature, head, options, work)
  if (options.out === undefined)
    throw usage('neither a head is to be written, nor a signature given', add('--out', 'FILE'), 'INPUT-MISSING')
  const path = resolve(options.out)
  context.ledgers.checkFree([path], globals.home)
  context.ledgers.createFiles([{ path, content: head }])
  const role = options.role ?? 'ROLE'
  work.terminal.answer({
    data: { name, file: path, journal: work.leaf, code: recordCode(work.leaf) },
    text: [
      `${options.out} is the head of the journal, ${recordCode(work.leaf)}: compare the code with the one that was read out`,
      {
        hint: to('then', sh('ssh-keygen', '-Y', 'sign', '-n', 'keyrite-ceremony', '-f', 'KEY', options.out)),
        indent: '  ',
      },
      {
        hint: to('and here', keyrite('ceremony', 'sign', name, '--role', role, '--signature', `${options.out}.sig`)),
        indent: '  ',
      },
    ],
  })
}

/** WITNESS-FILE, WITNESS-HEAD, WITNESS-KNOWN. */
function take(file: string, head: string, { role }: Options, work: CeremonyWork): void {
  if (role === undefined) throw usage('as what the witness signs is not said', add('--role', 'ROLE'), 'INPUT-MISSING')
  const text = work.context.ledgers.readText(file)
  const key = work.context.ledgers.signerOfText(head, text)
  const witness = witnessOf(key, role, work.given.site)
  if (!witness)
    throw refused(
      'WITNESS-KNOWN',
      `${file} is by the key of nobody whom the site file names as ${role}`,
      keyrite('ceremony', 'status', work.given.opened.name),
    )
  const { name, person } = witness
  work.kept.keepSignature({ name, text })
  const { signatures } = work.kept
  const { name: ceremony } = work.given.opened
  const lacking = notSigned(work.given, signatures)
  const next = lacking[0]
    ? to(
        `then for ${lacking[0].role}`,
        keyrite('ceremony', 'sign', ceremony, '--role', lacking[0].role, '--signature', 'FILE'),
      )
    : keyrite('ceremony', 'record', ceremony, '--out', 'DIR')
  work.terminal.answer({
    data: { name: ceremony, role, signature: name, signatures: signatures.length },
    text: [
      `${ceremony} is signed as ${role}`,
      quotedLine(person.name, '  by      '),
      ...lacking.map((one) => quotedLine(one.person.name, '  not yet ')),
      { hint: next, indent: '  ' },
    ],
  })
}
