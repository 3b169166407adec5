// keyrite token list: what slots and tokens a module shows, and what each can do of what Keyrite needs.

import type { Command } from 'commander'
import { moduleFrom } from '../../cli/ask.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { MODULE, withExamples } from '../../cli/examples.ts'
import { type ModuleOptions, settingsFor, withModule } from '../../cli/module-settings.ts'
import { addressed } from '../../domain/hints.ts'
import { escaped } from '../../domain/names.ts'
import { addressOf, isAt } from '../../domain/token-address.ts'
import type { SlotFacts } from '../../hsm/port.ts'
import { hsmOptions } from '../../session/hsm-options.ts'
import { ifLost } from '../../session/token-missing.ts'
import { ownersIn, readable, withOwner } from '../../session/token-owners.ts'
import { Library, type SlotWithCards, slotsWithCards } from '../../session/tried-slots.ts'
import { slotView } from '../../views/token-view.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withModule(parent.command('list'), 'the PKCS#11 library (KEYRITE_MODULE)'),
    `keyrite token list ${MODULE}`,
    `keyrite token list ${MODULE} --no-probe --json`,
  )
    .summary('slots, tokens, serials, and what a token can do')
    .description(
      'Shows the slots and tokens of a PKCS#11 module, and tries on each initialised token what Keyrite needs of it. Changes nothing.',
    )
    .option('--no-probe', 'do not try what the tokens can do')
    .action((options: ListOptions, command: Command) => run(options, command, context))
}

interface ListOptions extends ModuleOptions {
  probe: boolean
}

async function run(options: ListOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const path = await moduleFrom(options.module, globals, context, terminal)
  const settings = settingsFor(path, options, globals, context)
  await using library = await Library.open(() => context.openHsm(hsmOptions(settings, globals, context)))
  const module = await library.hsm.module()
  const owners = ownersIn(globals, context)
  const seen: SlotWithCards[] = options.probe ? await slotsWithCards(library) : await library.hsm.slots()
  const slots = seen.map((slot) => withRecipients(withOwner(slot, owners), context))
  const about = `${module.description} ${module.version}, ${module.manufacturer}, cryptoki ${module.cryptoki}`
  terminal.answer({
    data: { module, slots },
    text: [
      module.path,
      about,
      ...slots.flatMap((shown) => [
        '',
        ...slotView(shown, { module: module.path, address: globals.address, prefix: settings.pinPrefix }),
      ]),
    ],
  })
  if (slots.every(({ fault }) => fault === undefined))
    for (const { message, hint } of missing(slots, path, globals, context)) terminal.warn(message, hint)
}

/** What custodians give as recipients: a token that is a partition's is nobody's card. */
function withRecipients<T extends SlotWithCards & { partition?: unknown }>(
  { cardKeys = [], ...slot }: T,
  { quorum }: Context,
) {
  if (slot.partition !== undefined || cardKeys.length === 0) return slot
  const recipients = cardKeys.map(({ label, spki }) => ({ label, recipient: quorum.tagRecipient(spki) }))
  return { ...slot, recipients }
}

/** The partitions of this home whose token should be behind this module, and is not. What can't be read here is the doctor's. */
function missing(slots: readonly SlotFacts[], module: string, { home, address }: Globals, context: Context) {
  const all = readable(() => context.ledgers.partitions(home)) ?? []
  return all.flatMap((partition) => {
    const history = readable(() => {
      const settings = context.settings.read(home, partition.name)
      return settings.module === module ? partition.openLedger().history : undefined
    })
    if (!history || history.retired || slots.some(({ token }) => token && isAt(addressOf(history.token), token)))
      return []
    const { serial, label } = history.token
    const of = all.length > 1 ? { partition: partition.name } : {}
    const pending = readable(() => partition.pending())
    const message = `the token of partition ${history.name} is not there: ${escaped(label)}, serial ${escaped(serial)}`
    return [
      {
        message,
        hint: addressed(ifLost(history, module, pending), { ...address, ...of }),
      },
    ]
  })
}
