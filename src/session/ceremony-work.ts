// A ceremony at work: its script and site as they were when it began, its journal, and the partition that it is about.

import { fileSha256, parseScript, scriptCode } from '../ceremony/script.ts'
import { inRoles, parseSite, peopleOf } from '../ceremony/site.ts'
import { endOf, type Given, takenSteps } from '../ceremony/verify/given.ts'
import { type Context, choosePartition, type Globals, terminalOf } from '../cli/context.ts'
import type { KeptCeremony } from '../domain/ceremony-keeping.ts'
import type { CeremonyMark, CeremonyNote } from '../domain/ceremony-marks.ts'
import { notVerified, refused, usage } from '../domain/errors.ts'
import { add, keyrite } from '../domain/hints.ts'
import type { EntryOf, JournalLine, NewEntry } from '../domain/journal.ts'
import type { Record } from '../domain/record.ts'
import type { Ledger, Partition } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { StationSession } from './station-session.ts'

export class CeremonyWork implements Disposable {
  readonly terminal: Terminal
  readonly partition: Partition
  readonly globals: Globals
  readonly given: Given
  readonly #lock: Disposable

  /** LOCKED, CEREMONY-FILES, and what can be wrong with a journal. */
  constructor(
    readonly context: Context,
    globals: Globals,
    readonly kept: KeptCeremony,
  ) {
    this.globals = { ...globals, partition: kept.partition as NonNullable<Globals['partition']> }
    this.terminal = terminalOf(globals, context)
    this.partition = choosePartition(this.globals, context)
    this.#lock = kept.lock()
    try {
      this.given = givenOf(kept)
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  get lines(): readonly JournalLine[] {
    return this.kept.lines
  }

  get leaf(): string {
    return this.lines.at(-1)!.leaf
  }

  get now(): string {
    return this.context.sources.clock().toISOString()
  }

  isTaken = (id: string): boolean => takenSteps(this.given).some(({ step }) => step === id)

  add = (entry: NewEntry): Promise<JournalLine> => this.kept.add(entry, this.partition.station())

  mark(step: string): CeremonyMark {
    const { name, script, site } = this.given.opened
    return { name, script, site, step, journal: this.leaf }
  }

  ledger = (): Ledger => this.partition.openLedger()

  /** The records behind this number. */
  recordsAfter(seq: number): { record: Record; leaf: string }[] {
    return [...this.partition.ledger.records()].flatMap(({ line: { record }, leaf }) =>
      record.seq > seq ? [{ record, leaf }] : [],
    )
  }

  /** Into the ledger. */
  async note(text: string, ceremony: CeremonyNote): Promise<void> {
    using work = new StationSession(this.context, this.globals)
    await work.recordNote(text, ceremony)
  }

  /** Who takes a step, as the journal tells of them. */
  peopleOf(roles: readonly string[]) {
    return inRoles(peopleOf(this.given.site, roles), roles)
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]()
  }
}

/** CEREMONY-FILES: what it began with is what lies there. */
function givenOf(kept: KeptCeremony): Given {
  const { lines, script, site, path } = kept
  const opened = lines[0]!.entry as EntryOf<'opened'>
  if (fileSha256(script) !== opened.script || fileSha256(site) !== opened.site)
    throw notVerified(
      'CEREMONY-FILES',
      `the script or the site file in ${path} is not the one that the ceremony began with`,
    )
  return { opened, script: parseScript(script), site: parseSite(site), code: scriptCode(script), lines, ledger: [] }
}

/** CEREMONY-KNOWN: the one that was named, or the only one there is. */
function chooseCeremony(
  name: string | undefined,
  { home, partition }: Pick<Globals, 'home' | 'partition'>,
  { ledgers }: Pick<Context, 'ledgers'>,
  fits: (kept: KeptCeremony) => boolean = () => true,
): KeptCeremony {
  const all = ledgers
    .ceremoniesIn(home)
    .filter(
      (kept) => (partition === undefined || kept.partition === partition) && (name === undefined || kept.name === name),
    )
    .filter(fits)
  const [one, ...more] = all
  if (one && more.length === 0) return one
  const what = name === undefined ? 'no ceremony is under way' : `no ceremony ${name} is under way`
  if (!one) throw usage(what, keyrite('ceremony', 'status'), 'CEREMONY-KNOWN')
  const names = all.map((kept) => `${kept.name} of ${kept.partition}`).join(', ')
  throw usage(
    `there are several ceremonies: ${names}`,
    name === undefined ? 'give its NAME' : add('--partition', 'NAME'),
    'CEREMONY-KNOWN',
  )
}

export const isOver = (kept: Pick<KeptCeremony, 'lines'>): boolean => endOf(kept) !== undefined

/** CEREMONY-KNOWN */
export const ceremonyUnderWay = (name: string | undefined, globals: Globals, context: Context): CeremonyWork =>
  new CeremonyWork(
    context,
    globals,
    chooseCeremony(name, globals, context, (kept) => !isOver(kept)),
  )

/** CEREMONY-KNOWN, CEREMONY-OPEN: closed, or aborted. */
export function finishedCeremony(name: string, globals: Globals, context: Context): CeremonyWork {
  const work = new CeremonyWork(context, globals, chooseCeremony(name, globals, context))
  if (isOver(work.kept)) return work
  work[Symbol.dispose]()
  throw refused('CEREMONY-OPEN', `the ceremony ${name} has not come to its end`, keyrite('ceremony', 'resume', name))
}
