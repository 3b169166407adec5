// keyrite ceremony verify: whether a record of a ceremony is whole, of its script, and all that the ledger knows of.
import type { Command } from 'commander'
import type { Fault } from '../../ceremony/verify/given.ts'
import { verifyCeremony } from '../../ceremony/verify/verify.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { type SourceOptions, withSource } from '../../cli/options.ts'
import { recordCode } from '../../domain/code.ts'
import { EXIT, KeyriteError } from '../../domain/errors.ts'
import { type Hint, keyrite, to } from '../../domain/hints.ts'
import { counted, listed } from '../../domain/words.ts'
import { allowedKeys, wrongFiles } from '../../session/ceremony-record.ts'
import { levelOf, openSource } from '../../session/ledger-source.ts'
import { type Field, fields, marked } from '../../terminal/text.ts'
import type { Found } from '../../views/known.ts'

interface Options extends SourceOptions {
  allowedSigners?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('verify')),
    'keyrite ceremony verify record --ledger pay.backup.ledger',
    "keyrite ceremony verify record --ledger pay.backup.ledger --anchor 'CBM63 NVH7A MC344 HKXYY C1V8N' --allowed-signers witnesses",
  )
    .summary('check the record of a ceremony, offline')
    .argument('<dir>', 'the folder of the record')
    .description(
      'Holds the record against its manifest, the journal against its script, and every record of the ledger between the opening and the end of the ceremony against the steps: nobody worked beside the script, each plan named its step and the journal so far, every step was taken once and in order, and every witness has signed. ' +
        'Every rule and signature of the ledger is checked as well. All that is wrong is told at once. Needs no device and no shares.',
    )
    .option(
      '--allowed-signers <file>',
      'the keys of the witnesses, as ssh-keygen takes them, in place of those of the site file',
    )
    .action((folder: string, options: Options, command: Command) => run(folder, options, command, context))
}

function run(folder: string, options: Options, command: Command, context: Context): void {
  const globals = globalsOf(command, context)
  const { ledgers } = context
  const content = ledgers.readCeremonyRecord(folder)
  const lines: { record: Found['line']['record']; leaf: string }[] = []
  const { history } = openSource(options, globals, context, {
    each: ({ line: { record }, leaf }) => void lines.push({ record, leaf }),
    tellsOpen: true,
  })
  const allowed =
    options.allowedSigners === undefined ? {} : { allowed: allowedKeys(ledgers.readText(options.allowedSigners)) }
  const verdict = verifyCeremony(content, lines, {
    signer: ledgers.signerOfText,
    isRehearsed: ledgers.isRehearsed,
    isStation: (id) => history.stations.hasKey(id),
    ...allowed,
  })
  const { given, opened, code, end, steps, exceptions, witnesses, notRecomputed } = verdict
  const faults = [...verdict.faults, ...(given ? wrongFiles(content, given) : [])]
  const terminal = terminalOf(globals, context)
  const [first, ...others] = faults
  if (first) {
    if (others.length > 0) for (const { code, message } of faults) terminal.say(`  ${message} [${code}]`)
    const more = others.length === 0 ? '' : `; and ${counted(others.length, 'more fault')}`
    throw new KeyriteError(
      EXIT.verification,
      first.code,
      `${first.message}${more}`,
      hintFor(first, options.ledger, opened?.name),
      false,
      { faults },
    )
  }
  const { name, mode, script } = opened!
  const signed = witnesses.map(({ person, role }) => ({ name: person.name, role }))
  const journal = content.lines.at(-1)!.leaf
  terminal.answer({
    data: {
      folder,
      name,
      mode,
      end,
      script: { sha256: script, code },
      journal,
      code: recordCode(journal),
      steps,
      exceptions,
      witnesses: signed,
      notRecomputed,
      verified: levelOf(options),
    },
    text: fields([
      [
        'ceremony',
        marked(
          mode === 'rehearsal'
            ? `${name}: a REHEARSAL`
            : end === 'aborted'
              ? `${name} was ABORTED; what was done of it is as its script has it`
              : `${name} is whole, and as its script has it`,
          mode === 'rehearsal' || end === 'aborted' ? 'warning' : 'proven',
        ),
      ],
      ['end', end],
      ['script', code],
      ['journal', recordCode(journal)],
      ['steps', `${counted(steps, 'step')}, ${counted(exceptions, 'exception')}`],
      ...(signed.length === 0 ? [['signed', 'by no witness'] as const] : []),
      ...signed.map(({ name, role }): Field => ['signed', `${role} | ${name}`]),
      [
        'as said',
        notRecomputed.length === 0 ? undefined : `${listed(notRecomputed)}: by this station alone, and not recomputed`,
      ],
      ['ledger', levelOf(options)],
    ]),
  })
}

/** A signature that is missing is made where the ceremony was, and no ledger helps with it. */
function hintFor({ code, seq }: Fault, ledger: string | undefined, name = 'NAME'): Hint | undefined {
  if (code === 'WITNESS-MISSING')
    return to(
      'where the ceremony was, and then write its record anew',
      keyrite('ceremony', 'sign', name, '--out', 'FILE'),
    )
  if (seq === undefined) return undefined
  const of = ledger === undefined ? [] : ['--ledger', ledger]
  return to('what was done, and by whom', keyrite('audit', 'show', ...of, '--from', `${seq}`))
}
