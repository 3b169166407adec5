// keyrite audit witness: on the machine of somebody else, who keeps what was seen of a ledger and signs that it only grew.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { type SourceOptions, withSource } from '../../cli/options.ts'
import { recordCode } from '../../domain/code.ts'
import { usage } from '../../domain/errors.ts'
import type { Witness } from '../../domain/evidence.ts'
import { add } from '../../domain/hints.ts'
import { wrongInText } from '../../domain/texts.ts'
import { counted } from '../../domain/words.ts'
import { type Shown, shownLedger, shownRequest } from '../../session/witnessing.ts'
import type { Terminal } from '../../terminal/port.ts'
import { fields } from '../../terminal/text.ts'

interface Options extends SourceOptions {
  name?: string
  in?: string
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('witness')),
    'keyrite --home auditor audit witness --name auditor.example/keyrite',
    "keyrite --home auditor audit witness --ledger pay.backup.ledger --anchor 'CBM63 NVH7A MC344 HKXYY C1V8N' --checkpoint carried-away.checkpoint --out cosigned.checkpoint",
  )
    .summary('see that a ledger only grows, and sign that')
    .description(
      'For an auditor, on a machine of their own: a witness keeps in its home what it has seen of each ledger, refuses a checkpoint that is older or of a branch, and cosigns one that goes on from there ' +
        '(C2SP tlog-cosignature, Ed25519). It is shown the ledger, which is held against every rule, or a request that audit prove --old wrote (C2SP tlog-witness); the first time the ' +
        'ledger and its anchor. What it has seen is on the disk before anything is signed. Without either it says its key, for a policy that audit verify --witness-policy asks by.',
    )
    .option('--name <url>', 'what the witness is called, such as auditor.example/keyrite; the first time', parseName)
    .option('--in <file>', 'a request of audit prove --old')
    .option('--out <file>', 'the new file for the checkpoint with the cosignature')
    .action((options: Options, command: Command) => run(options, command, context))
}

/** C2SP signed notes: no blanks, and no plus. */
function parseName(text: string): string {
  if (/^[^\s+]{1,100}$/u.test(text) && wrongInText(text) === undefined) return text
  throw usage('the name of a witness is an address without blanks and plus signs, such as auditor.example/keyrite')
}

async function run(options: Options, command: Command, context: Context): Promise<void> {
  const { name, in: request, out, ...given } = options
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const { ledgers, sources, changes } = context
  if (request !== undefined && given.ledger !== undefined)
    throw usage('--ledger and --in are two ways to show the same', 'one of them')
  using witness = ledgers.openWitness(globals.home, name)
  if (request === undefined && given.ledger === undefined) return introduce(witness, terminal)
  if (out === undefined) throw usage('no file was named', add('--out', 'FILE'), 'INPUT-MISSING')
  ledgers.checkFree([resolve(out)], globals.home)
  const shown =
    request === undefined
      ? shownLedger(given, witness.logs, globals, context)
      : shownRequest(request, witness.logs, context)
  const time = sources.clock()
  if (shown.log.size !== shown.before?.size) changes.note('seen')
  witness.keep(shown.log)
  const cosigned = await witness.cosign(shown.note, Math.floor(time.getTime() / 1000))
  ledgers.createFiles([{ path: resolve(out), content: cosigned }])
  report(shown, witness, { file: resolve(out), time }, terminal)
}

function introduce({ name, verifierKey, logs }: Witness, terminal: Terminal): void {
  const seen = logs.map(({ auditKeys: _, ...log }) => log)
  terminal.answer({
    data: { witness: name, verifierKey, logs: seen },
    text: fields([
      ['witness', name],
      ['key', verifierKey],
      ...logs.map((log): [string, string] => [
        'has seen',
        `${log.name} ${log.partition}: ${counted(log.size, 'record')}`,
      ]),
    ]),
  })
}

function report(
  { log, before }: Shown,
  { name, verifierKey }: Witness,
  { file, time }: { file: string; time: Date },
  terminal: Terminal,
): void {
  const { auditKeys: _, ...seen } = log
  const rootCode = recordCode(log.root)
  const data = { witness: name, verifierKey, ...seen, rootCode, ...(before ? { before: before.size } : {}) }
  const grown = before
    ? `${counted(before.size, 'record')} seen before, and still the first of them`
    : 'seen for the first time'
  terminal.answer({
    data: { ...data, time: time.toISOString(), file },
    text: fields([
      ['ledger', `${log.name}: ${counted(log.size, 'record')}; ${grown}`],
      ['root', rootCode],
      ['witness', name],
      ['cosigned', file],
    ]),
  })
}
