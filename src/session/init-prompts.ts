// partition init as a dialogue: asks what no flag says, checks each answer at once, and has a summary confirmed at the end.

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { askFor, moduleFrom } from '../cli/ask.ts'
import type { Context, Globals } from '../cli/context.ts'
import { wholeNumber } from '../cli/options.ts'
import { typedPath } from '../cli/paths.ts'
import { usage } from '../domain/errors.ts'
import { add, type Hint } from '../domain/hints.ts'
import { parseShortName, type ShortName } from '../domain/names.ts'
import type { SlotFacts } from '../hsm/port.ts'
import type { Terminal } from '../terminal/port.ts'
import type { Part } from '../terminal/text.ts'
import { checkNames } from './check-issue.ts'
import type { TargetOptions } from './choose-token.ts'
import { declined } from './confirm.ts'
import { type GroupOptions, requestedGroups } from './groups.ts'
import { parseFor } from './passphrases.ts'
import { absoluteFor } from './resume-command.ts'
import { checkAllHaveFolders, everyoneIn } from './share-paths.ts'

interface GuidedOptions extends GroupOptions, TargetOptions {
  module?: string
  sharesDir: string[]
}

/** The answers of a dialogue, apart from the name. */
export type Completed<T extends GuidedOptions> = T & {
  module: string
  /** Something was asked: then the whole is confirmed, too. */
  guided: boolean
  /** The folder for the shares does not exist, and is made once everything is confirmed. */
  makesSharesDir: boolean
}

export const askName = (terminal: Terminal): Promise<ShortName> =>
  askFor('name of the new partition:', add('NAME'), (text) => parseShortName('partition', text), terminal)

/** Everything but the slot, which is chosen once the module has been read. */
export async function complete<T extends GuidedOptions>(
  options: T,
  globals: Globals,
  context: Context,
  terminal: Terminal,
): Promise<Completed<T>> {
  const module = await moduleFrom(options.module, globals, context, terminal)
  // What else is missing is named where it is needed.
  if (!terminal.interactive) return { ...options, module, guided: false, makesSharesDir: false }
  const people = options.group.length > 0 ? {} : await askPeople(options, terminal)
  const folder =
    options.sharesDir.length === 0
      ? await askSharesDir(everyoneIn(requestedGroups({ ...options, ...people })), context, terminal)
      : { sharesDir: options.sharesDir, makesSharesDir: false }
  const guided =
    (options.module ?? context.env.KEYRITE_MODULE) !== module ||
    options.sharesDir !== folder.sharesDir ||
    Object.keys(people).length > 0
  return { ...options, module, ...people, ...folder, guided }
}

/** Only those of the two that no flag gives. */
async function askPeople({ custodian, threshold }: GroupOptions, terminal: Terminal): Promise<Partial<GroupOptions>> {
  const names =
    custodian.length > 0
      ? custodian
      : await askFor('custodians, such as alice bob carol:', add('--custodian', 'NAME'), namesIn, terminal)
  // Each name is shown once more: whoever typed "and" has made a custodian of that name.
  const these = names.length > 8 ? `these ${names.length}` : names.join(', ')
  const m =
    threshold ??
    (await askFor(`how many of ${these} must agree:`, add('--threshold', 'M'), thresholdOf(names), terminal))
  if (custodian.length > 0 && threshold !== undefined) return {}
  return { custodian: [...names], threshold: m }
}

/** ROSTER-NAMES, ROSTER-THRESHOLD: at least two, and no two alike. */
function namesIn(text: string): string[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  const custodian = names.map((name) => parseShortName('custodian', name))
  requestedGroups({ custodian, threshold: 2, group: [] })
  return custodian
}

const thresholdOf = (custodian: string[]) => (text: string) => {
  const threshold = wholeNumber('the threshold', 2, custodian.length)(text)
  requestedGroups({ custodian, threshold, group: [] })
  return threshold
}

/** One folder for all, or a stick for each: `alice=/media/a bob=/media/b`. What is wrong with one is said, and it is asked for again. */
export async function askSharesDir(custodians: readonly string[], context: Context, terminal: Terminal) {
  const own = (text: string) => /^[a-z][a-z0-9-]{0,31}=/.test(text)
  const folders = (text: string) => {
    if (text === '') throw usage('the shares need a folder')
    const sharesDir = own(text) ? text.split(/\s+/).map(absoluteFor) : [resolve(typedPath(text, context.env))]
    checkNames(sharesDir, custodians)
    checkAllHaveFolders(custodians, { sharesDir })
    for (const { value } of sharesDir.map(parseFor)) checkFolder(value, own(text), context)
    return sharesDir
  }
  const example = custodians.slice(0, 2).map((name) => `${name}=DIR`)
  const question = `folder for the share files, such as shares, or ${example.join(' ')}${custodians.length > 2 ? ' and so on' : ''}:`
  for (;;) {
    const sharesDir = await askFor(question, add('--shares-dir', 'DIR'), folders, terminal)
    const [folder = ''] = sharesDir
    if (own(folder) || existsSync(folder)) return { sharesDir, makesSharesDir: false }
    if (await agrees(`there is no ${folder}; make it, for you alone?`, add('--shares-dir', 'DIR'), terminal))
      return { sharesDir, makesSharesDir: true }
  }
}

/** The one for all can still be made. */
function checkFolder(folder: string, mustBeThere: boolean, { quorum }: Context): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found?.isDirectory()) return quorum.checkShareFolder(folder)
  if (found) throw usage(`${folder} is not a folder`)
  if (mustBeThere) throw usage(`there is no folder ${folder}`)
}

/** The slot of a blank token, chosen by somebody who sees what else is there. */
export async function chooseSlot(slots: readonly SlotFacts[], terminal: Terminal): Promise<number | undefined> {
  const blanks = slots.filter(({ token }) => token && !token.initialised)
  if (blanks.length === 0) return undefined
  for (const { slot, token } of slots)
    if (token?.initialised) terminal.show(`  slot ${slot} is taken: ${token.label}, ${token.serial}`)
  const choices = blanks.map(({ slot, description }) => ({
    name: `slot ${slot}, blank: ${description.trim()}`,
    value: slot,
  }))
  return terminal.choose('which token:', choices, add('--slot', 'ID'))
}

/** The last question before anything is made. */
export async function settleGuided(
  view: readonly Part[],
  { sharesDir, makesSharesDir }: Completed<GuidedOptions>,
  terminal: Terminal,
): Promise<void> {
  terminal.show(view)
  if (!(await agrees('make this partition, and initialise its token now?', 'every flag', terminal)))
    throw declined('no partition was made')
  if (makesSharesDir) mkdirSync(sharesDir[0]!, { mode: 0o700 })
}

export const agrees = (question: string, flag: Hint, terminal: Terminal): Promise<boolean> =>
  askFor(`${question} (yes or no)`, flag, yesOrNo, terminal)

function yesOrNo(text: string): boolean {
  if (/^y(es)?$/i.test(text)) return true
  if (/^no?$/i.test(text)) return false
  throw usage('type yes or no')
}
