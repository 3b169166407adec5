// keyrite token list: what slots and tokens a module shows, and what each can do of what Keyrite needs.
import type { Command } from 'commander'
import { KEY_TYPES } from '../../domain/keys.ts'
import { commandLine, escaped } from '../../domain/names.ts'
import type { Ability, Capabilities, Hsm, SlotFacts } from '../../hsm/port.ts'
import type { Look, Mark } from '../../terminal/look.ts'
import { fields } from '../../terminal/text.ts'
import { type Address, addressed } from '../address.ts'
import { type Context, globalsOf, terminalOf } from '../context.ts'
import { MODULE, withExamples } from '../examples.ts'
import { hsmOptions } from '../work.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('list'), `keyrite token list ${MODULE}`, `keyrite token list ${MODULE} --no-probe --json`)
    .summary('slots, tokens, serials, and what a token can do')
    .description(
      'Shows the slots and tokens of a PKCS#11 module, and tries on each initialised token what Keyrite needs of it. Changes nothing.',
    )
    .requiredOption('--module <path>', 'the PKCS#11 library (required)')
    .option('--no-probe', 'do not try what the tokens can do')
    .action((options: { module: string; probe: boolean }, command: Command) => run(options, command, context))
}

interface Row extends SlotFacts {
  can?: Capabilities
}

async function run(options: { module: string; probe: boolean }, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  await using hsm = await context.openHsm(hsmOptions({ module: options.module }, globals, context))
  const module = await hsm.module()
  const slots = await rows(hsm, options.probe)
  const about = `${escaped(module.description)} ${module.version}, ${escaped(module.manufacturer)}, cryptoki ${module.cryptoki}`
  terminal.answer({
    data: { module, slots },
    text: (look) =>
      [
        `${module.path}\n${about}`,
        ...slots.map((row) => view(row, beginOn(row, module.path, globals.address), look)),
      ].join('\n\n'),
  })
}

async function rows(hsm: Hsm, probe: boolean): Promise<Row[]> {
  const found: Row[] = []
  for (const slot of await hsm.slots()) {
    found.push(probe && slot.token?.initialised ? { ...slot, can: await hsm.probe(slot.slot) } : slot)
  }
  return found
}

const beginOn = ({ slot }: Row, module: string, address: Address): string =>
  addressed(commandLine('keyrite', 'partition', 'init', '--module', module, '--slot', `${slot}`), address)

function view({ slot, token, can }: Row, begin: string, { paint }: Look): string {
  if (!token) return paint('dim', `slot ${slot}  no token`)
  if (!token.initialised) return `slot ${slot}  blank token, to begin a partition on:\n  ${begin}`
  const { serial, label, manufacturer, model, tries } = token
  return `slot ${slot}  ${escaped(label)}\n${fields(
    [
      ['serial', escaped(serial)],
      ['model', `${escaped(model)}, ${escaped(manufacturer)}`],
      ['user PIN', token.userPinSet ? triesInWords(tries.user, paint) : 'not set'],
      ['SO PIN', triesInWords(tries.so, paint)],
      ...(can ? abilities(can, paint) : []),
    ],
    '  ',
  )}`
}

type Paint = Look['paint']

const TRIES: Record<string, readonly [words: string, mark?: Mark]> = {
  ok: ['set'],
  low: ['set, wrong tries were made', 'care'],
  final: ['ONE TRY LEFT', 'bad'],
  locked: ['LOCKED', 'bad'],
}

function triesInWords(tries: string, paint: Paint): string {
  const [words, mark] = TRIES[tries] ?? [tries]
  return paint(mark, words)
}

function abilities(can: Capabilities, paint: Paint): [string, string][] {
  const made = KEY_TYPES.filter((type) => can.generate[type] === true)
  const backed = made.filter((type) => can.wrap[type] === true)
  const not = KEY_TYPES.flatMap((type) => lacking(type, can.generate[type]))
  const unbacked = made.flatMap((type) => lacking(type, can.wrap[type]))
  return [
    ['makes', made.join(', ') || 'none of our types'],
    ...(not.length > 0 ? [["can't make", not.join('; ')] as [string, string]] : []),
    ['backs up', can.wrapMechanism ? `${backed.join(', ')} (${can.wrapMechanism})` : 'nothing: no RFC 5649 key wrap'],
    ...(unbacked.length > 0 ? [["can't back up", unbacked.join('; ')] as [string, string]] : []),
    ['check value', can.kcv],
    ['audit key', can.audit],
    ...Object.entries(can.enforces).map(([rule, ability]): [string, string] => [
      inWords(rule),
      ability === true ? 'enforced' : paint('care', `NOT enforced: ${ability.lacks}`),
    ]),
  ]
}

const lacking = (type: string, ability: Ability | undefined): string[] =>
  ability === undefined || ability === true ? [] : [`${type} (${ability.lacks})`]

const inWords = (rule: string): string => rule.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
