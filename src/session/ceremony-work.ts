// A ceremony at work: its script and site as they were when it began, its journal, and the partition that it is about.

import { beginningIn, fileSha256, parseScript, scriptCode } from '../ceremony/script.ts'
import { inRoles, parseSite, peopleOf } from '../ceremony/site.ts'
import { endOf, type Given, takenSteps } from '../ceremony/verify/given.ts'
import { type Context, choosePartition, type Globals, type Performed, terminalOf } from '../cli/context.ts'
import type { KeptCeremony } from '../domain/ceremony-keeping.ts'
import type { CeremonyBeginning, CeremonyMark, CeremonyNote } from '../domain/ceremony-marks.ts'
import { notVerified, refused, usage } from '../domain/errors.ts'
import { add, keyrite } from '../domain/hints.ts'
import { History } from '../domain/history.ts'
import type { EntryOf, JournalLine, NewEntry } from '../domain/journal.ts'
import type { Record } from '../domain/record.ts'
import type { LedgerHome, Partition, Signer } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { linked } from './linked.ts'
import { StationSession } from './station-session.ts'

export class CeremonyWork implements Disposable {
  readonly terminal: Terminal
  readonly partition: Partition
  readonly globals: Globals
  readonly given: Given
  /** The step by which the partition begins, where one does. */
  readonly begins: string | undefined
  readonly #lock: Disposable
  #known: History | undefined

  /** LOCKED, CEREMONY-FILES, and what can be wrong with a journal. */
  constructor(
    readonly context: Context,
    globals: Globals,
    readonly kept: KeptCeremony,
    /** Of its commands: those of a rehearsal find the token of the twin. */
    readonly env?: { readonly [name: string]: string },
  ) {
    this.globals = { ...globals, partition: kept.partition as NonNullable<Globals['partition']> }
    this.terminal = terminalOf(globals, context)
    this.#lock = kept.lock()
    try {
      this.given = givenOf(kept)
      this.begins = beginningIn(this.given.script)?.id
      this.partition = this.begins
        ? context.ledgers.partition(globals.home, this.globals.partition!)
        : choosePartition(this.globals, context)
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

  async add(entry: NewEntry): Promise<JournalLine> {
    const { ledgers } = this.context
    const line = await this.kept.add(entry, this.#station())
    if (this.begins && this.partition.hasLedger && this.#isOwn())
      ledgers.dropJournalKey(this.globals.home, this.kept.partition)
    return line
  }

  /** Before there is a station, the key that is to be its. */
  #station(): Signer {
    if (!this.begins || this.#isOwn()) return this.partition.station()
    return this.context.ledgers.journalKey(this.globals.home, this.kept.partition).signer
  }

  #isOwn = (): boolean => this.partition.hasStation && this.partition.station().key.id === this.given.opened.key.id

  /** How a command of this step is carried out. */
  stepOf(id: string): Performed {
    const begins = this.#beginning(id)
    return { ceremony: this.#mark(id), ...(begins ? { begins } : {}), ...(this.env ? { env: this.env } : {}) }
  }

  #mark(step: string): CeremonyMark {
    const { name, script, site, mode } = this.given.opened
    return { name, script, site, step, journal: this.leaf, ...(mode === 'real' ? {} : { mode }) }
  }

  /** What the step by which the partition begins has to know. */
  #beginning(step: string): CeremonyBeginning | undefined {
    if (step !== this.begins) return undefined
    const { partition, mode, clock, rehearsal } = this.given.opened
    const { path: keyFile } = this.context.ledgers.journalKey(this.globals.home, this.kept.partition)
    const said = { ...(clock ? { clock } : {}), ...(rehearsal ? { rehearsal } : {}) }
    return { partition, keyFile, opened: { mode, journal: this.lines[0]!.leaf, ...said } }
  }

  /** The ledger may say more from now on: until then it is read once. */
  readAnew(): void {
    this.#known = undefined
  }

  /** CEREMONY-BEGINS: the ledger is that of this ceremony. Of a partition that has not begun it says nothing. */
  get history(): History {
    this.#known ??= this.#read()
    return this.#known
  }

  #read(): History {
    if (this.begins && !this.partition.hasLedger) return new History()
    const { history } = this.partition.openLedger()
    if (history.partition === this.given.opened.partition) return history
    throw refused(
      'CEREMONY-BEGINS',
      `${history.name} is another partition than the one that this ceremony is about: it was made beside it`,
      keyrite('ceremony', 'abort', this.given.opened.name, '--reason', 'TEXT'),
    )
  }

  get isOpen(): boolean {
    return isOpenIn(this.partition, this.kept)
  }

  /** Something that a command began has no end yet. */
  get isUnfinished(): boolean {
    return this.history.unfinished !== undefined || this.isNearlyBegun
  }

  /** Everyone has approved the beginning, and it is not finished: its record may stand already. */
  get isNearlyBegun(): boolean {
    const { begins, partition } = this
    return begins !== undefined && partition.exists && partition.pending()?.stage === 'approved'
  }

  /** LEDGER-CHANGED: the records behind this number. */
  recordsAfter(seq: number): { record: Record; leaf: string }[] {
    if (this.begins && !this.partition.hasLedger) return []
    const { history, partition } = this
    return [...linked({ ledger: partition.ledger, history }, seq)].map(({ line: { record }, leaf }) => ({
      record,
      leaf,
    }))
  }

  /** Into the ledger. */
  async note(text: string, ceremony: CeremonyNote): Promise<void> {
    using work = new StationSession(this.context, this.globals)
    work.checkInFile()
    this.readAnew()
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

/** CEREMONY-KNOWN: also one that was aborted, where the ledger has not heard of it: a crash may lie between the two. */
export function ceremonyToAbort(name: string | undefined, globals: Globals, context: Context): CeremonyWork {
  const fits = (kept: KeptCeremony) =>
    !isOver(kept) ||
    isOpenIn(context.ledgers.partition(globals.home, kept.partition as NonNullable<Globals['partition']>), kept)
  return new CeremonyWork(context, globals, chooseCeremony(name, globals, context, fits))
}

/** The ledger says so: a note may be lacking of what ended it in the journal. */
const isOpenIn = (partition: LedgerHome, { lines }: Pick<KeptCeremony, 'lines'>): boolean =>
  partition.hasLedger && partition.openLedger().history.ceremonies.open?.journal === lines[0]!.leaf

/** CEREMONY-KNOWN, CEREMONY-OPEN: closed, or aborted. */
export function finishedCeremony(name: string, globals: Globals, context: Context): CeremonyWork {
  const work = new CeremonyWork(context, globals, chooseCeremony(name, globals, context))
  if (isOver(work.kept)) return work
  work[Symbol.dispose]()
  throw refused('CEREMONY-OPEN', `the ceremony ${name} has not come to its end`, keyrite('ceremony', 'resume', name))
}
