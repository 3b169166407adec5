// keyrite audit verify: holds the ledger against every rule, offline.

import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { asIs, repeatable, type SourceOptions, withSource } from '../../cli/options.ts'
import { recordCode } from '../../domain/code.ts'
import { toBase64url } from '../../domain/encoding.ts'
import type { Address } from '../../domain/hints.ts'
import { counted } from '../../domain/words.ts'
import { type CheckedCertificate, checkCertificate } from '../../session/certificate-check.ts'
import { type Audited, auditSource, levelOf, openOf } from '../../session/ledger-source.ts'
import { warnOfRestore } from '../../session/pending-change.ts'
import { type Cosigned, checkWitnessed } from '../../session/witnessed.ts'
import { type Field, type Fields, fields, marked } from '../../terminal/text.ts'
import { openInWords, retiredInWords, toTheMinute } from '../../views/words.ts'

interface Options extends SourceOptions {
  certificate: string[]
  witnessPolicy?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('verify')),
    'keyrite audit verify',
    "keyrite audit verify --anchor 'CBM63 NVH7A MC344 HKXYY C1V8N' --checkpoint carried-away.checkpoint",
    'keyrite audit verify --ledger pay.backup.ledger',
    'keyrite audit verify --certificate destruction.txt',
  )
    .summary('check the whole ledger, offline')
    .description(
      'Holds the ledger against every rule: chain, signatures, approvals, states. With the anchor that was noted at the beginning an edit, a gap ' +
        'or a swap is found; with a checkpoint that somebody carried away also a tail that was cut. A certificate of destruction, of a key or of a partition, its text or its JSON, is ' +
        'held against the record that names it by its SHA-256. Needs no device and no shares.',
    )
    .option('--certificate <file>', 'a certificate of destruction that somebody kept; repeatable', repeatable(asIs), [])
    .option(
      '--witness-policy <file>',
      'every checkpoint that is named was cosigned by the witnesses that this policy wants (C2SP tlog-policy)',
    )
    .action((options: Options, command: Command) => run(options, command, context))
}

async function run(options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const found = auditSource(options, globals, context)
  const certificates = options.certificate.map((file) => checkCertificate(file, found, context.ledgers))
  const { witnessPolicy: policy } = options
  const witnessed = policy === undefined ? undefined : checkWitnessed(policy, options, found, context.ledgers)
  const data = {
    ...summary(found, levelOf(options), options.checkpoint.length),
    certificates,
    ...(witnessed ? { witnessed } : {}),
  }
  terminalOf(globals, context).answer({ data, text: view(data, globals.address, found) })
  if (found.partition && !globals.json) warnOfRestore(found.partition, globals, context)
}

const summary = ({ history, records, root, goesOn }: Audited, level: string, checkpoints: number) => ({
  name: history.name,
  partition: history.partition,
  verified: level,
  records,
  seq: history.seq,
  leaf: history.leaf,
  code: recordCode(history.leaf),
  anchor: recordCode(history.anchor),
  root: toBase64url(root),
  rootCode: recordCode(toBase64url(root)),
  checkpoints,
  keys: history.keys.size,
  ...openOf(history, goesOn),
  ...(history.retired ? { retired: history.retired } : {}),
})

type Found = ReturnType<typeof summary> & { certificates: CheckedCertificate[]; witnessed?: Cosigned[] }

const isAuthenticated = ({ verified }: { verified: string }): boolean => !verified.startsWith('consistent')

const view = (found: Found, address: Address, source: Audited): Fields =>
  fields([
    ['ledger', `${counted(found.records, 'record')}, ${found.records === 1 ? 'valid' : 'all valid'}`],
    ['verified', marked(found.verified, isAuthenticated(found) ? 'proven' : 'warning')],
    [
      'anchor',
      isAuthenticated(found) ? found.anchor : `${found.anchor}  compare it with the one you wrote down: --anchor CODE`,
    ],
    [
      'checkpoints',
      found.checkpoints > 0
        ? `${found.checkpoints}, all contained`
        : 'none given: --checkpoint FILE shows whether records were cut off at the end',
    ],
    ...(found.witnessed ?? []).flatMap(({ file, witnesses }) =>
      witnesses.map(({ name, time }): Field => ['witness', `${name} cosigned ${file}, ${toTheMinute(time)}`]),
    ),
    ['last', `record ${found.seq} (the first is 0)  ${found.code}`],
    ['root', `of ${counted(found.records, 'record')}  ${found.rootCode}`],
    ...found.certificates.map(
      ({ file, key, record }): Field => [
        'certificate',
        `${file}: of ${key ?? 'the end of the partition'}, as record ${record} names it`,
      ],
    ),
    ['retired', found.retired && marked(retiredInWords(found.retired), 'warning')],
    ['open', found.open && openInWords(found.open, address, source)],
  ])
