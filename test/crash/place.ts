// A workplace of its own for each crash: tokens, home and share files in one folder, and the program run in it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { History } from '../../src/domain/history.ts'
import type { Need } from '../../src/domain/shapes.ts'
import { ledgersOf } from '../../src/ledger/ledgers.ts'
import type { Partition } from '../../src/ledger/port.ts'
import { perform } from '../support/in-process.ts'
import type { Result } from '../support/keyrite.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { type ProbeOptions, probeEnv, probeEvents, untilOrphansEnd } from '../support/probe.ts'
import { copyFolder, makeTokenFolder, type TokenFolder } from '../support/softhsm.ts'
import { Disk, type Unsynced } from './power.ts'
import { mostWrongTries } from './wrong-tries.ts'

/** The groups of a partition, as `--group` or `--custodian` name them. */
export interface GroupFlags {
  name: string
  /** The words after `partition init pay --module PATH`. */
  flags: string[]
  threshold: number
  custodians: string[]
  /** The roles matter to a test only where a group lacks one. */
  holdsUser: boolean
}

/** Processes end at a step. */
export type Kill = Required<Pick<ProbeOptions, 'kill' | 'when' | 'whom'>>

/** What a disk does from a step on, or at it: that of home and files, not the token's. */
export type SickDisk =
  | Required<Pick<ProbeOptions, 'full'>>
  | Required<Pick<ProbeOptions, 'eio'>>
  | Required<Pick<ProbeOptions, 'erofs'>>

/** The module does as a script says. */
export interface SickModule {
  manner: 'hiccup' | 'spell' | 'liar' | 'broken' | 'removed' | 'hang'
  script: string[]
}

/** The power goes before a step; what is left on the disk. */
export interface PowerLoss {
  power: number
  unsynced: Unsynced
}

export type Strike = Kill | SickDisk | SickModule | PowerLoss

/** A call that hangs is waited for no longer than this. */
const IMPATIENT = ['--timeout', '2']

const ledgers = ledgersOf({
  pid: process.pid,
  clock: () => new Date(),
  tool: { name: 'test', version: '0' },
  host: { user: 'ops', name: 'host' },
})

export class Place implements Disposable {
  readonly home: string
  readonly shares: string
  /** For what a command writes elsewhere. */
  readonly out: string
  readonly #probe: string
  /** What was run and came of it, for who reads of a failure. */
  readonly trail: string[] = []
  /** Wrong PINs are counted: of each run how often in a row the role that had most of them was given one. A right one sets a token's count back. */
  wrongTries: number[] | undefined
  #known: { files: string; history: History | undefined } | undefined

  private constructor(
    readonly folder: TokenFolder,
    readonly groups: readonly GroupFlags[],
    /** Which custodians come is different from one place to the next. */
    readonly turn: number,
  ) {
    this.home = join(folder.dir, 'home')
    this.shares = join(folder.dir, 'shares')
    this.out = join(folder.dir, 'out')
    this.#probe = join(folder.dir, 'probe')
  }

  /** Without a partition: one blank token. */
  static blank(groups: readonly GroupFlags[], turn = 0): Place {
    const place = new Place(makeTokenFolder(), groups, turn)
    for (const folder of [place.shares, place.out, place.#probe]) mkdirSync(folder, { mode: 0o700 })
    return place
  }

  copy(turn: number): Place {
    return new Place(copyFolder(this.folder.dir), this.groups, turn)
  }

  /** It comes back as it is now, and where it is now, as often as it is wanted: what was interrupted may have written down where its files lie. */
  keep(): (turn: number) => Place {
    const kept = copyFolder(this.folder.dir)
    const { trail, wrongTries } = this
    return (turn) => {
      const place = new Place(copyFolder(kept.dir, this.folder.dir), this.groups, turn)
      place.trail.push(...trail)
      if (wrongTries) place.wrongTries = [...wrongTries]
      return place
    }
  }

  get tokens(): string {
    return join(this.folder.dir, 'tokens')
  }

  /** The folder of the partition. */
  get path(): string {
    return join(this.home, 'pay')
  }

  get partition(): Partition {
    return ledgers.partition(this.home, 'pay')
  }

  /** `keyrite ARGS --json --no-input`, under the probe where it is to be counted or struck. */
  async keyrite(args: readonly string[], probe?: Strike | 'count'): Promise<Result> {
    const disk = typeof probe === 'object' && 'power' in probe ? new Disk(this.#files, this.#durable) : undefined
    const env = { ...this.folder.env, ...(probe && this.#watched(probe)) }
    const hangs = typeof probe === 'object' && 'manner' in probe && probe.manner === 'hang'
    const trace = this.wrongTries && ['--trace', join(this.folder.dir, `${this.wrongTries.length}.trace`)]
    const result = await perform([...args, ...(hangs ? IMPATIENT : []), ...(trace ?? []), '--json', '--no-input'], {
      home: this.home,
      env,
    })
    const { code, signal, stdout, stderr } = result
    this.trail.push(`$ keyrite ${args.join(' ')}\nexit ${code ?? signal}\n${stdout}${stderr}`)
    if (trace) this.wrongTries!.push(mostWrongTries(trace[1]!))
    if (disk) await this.#losePower(disk, (probe as PowerLoss).unsynced)
    return result
  }

  get #files(): string[] {
    return [this.home, this.shares, this.out]
  }

  get #durable(): string {
    return join(this.#probe, 'durable')
  }

  /** Nobody is left who could write. */
  async #losePower(disk: Disk, unsynced: Unsynced): Promise<void> {
    await untilOrphansEnd(this.#probe, this.home)
    disk.loseUnsynced(unsynced)
  }

  #watched(strike: Strike | 'count'): Record<string, string> {
    const counters = join(this.#probe, 'counters')
    rmSync(counters, { force: true })
    const watched = (roots: string[], more: Partial<ProbeOptions>) =>
      probeEnv({ folder: this.#probe, roots, ...(strike !== 'count' && { unlogged: true }), ...more })
    if (strike === 'count') return watched([...this.#files, this.tokens], {})
    // Who isn't killed needs no steps; but the host is to be known.
    if ('script' in strike) return { ...watched([], {}), ...scriptEnv(strike.script, { counters }) }
    if ('power' in strike) {
      const [kill, durable] = [strike.power, this.#durable]
      return watched([...this.#files, this.tokens], { kill, when: 'before', whom: 'both', durable })
    }
    const isDisk = 'full' in strike || 'eio' in strike || 'erofs' in strike
    return watched(isDisk ? this.#files : [...this.#files, this.tokens], strike)
  }

  /** What the last run under the probe did. */
  get events() {
    return probeEvents(this.#probe)
  }

  init(): string[] {
    const flags = this.groups.flatMap((group) => group.flags)
    const how = ['--shares-dir', this.shares, '--unsafe-plain-shares']
    return ['partition', 'init', 'pay', '--module', testModule(), ...flags, ...how]
  }

  /** M custodians of each group that must approve, not always the same ones. */
  approvedBy(who: 'user' | 'all'): string[] {
    const history = this.history
    if (history)
      return this.sharesFor(history.needsOf({ op: who === 'all' ? 'backup.create' : 'partition.check' }), history)
    const needed = this.groups.filter((group) => who === 'all' || group.holdsUser)
    return needed.flatMap((group) => this.#shares({ ...group, epoch: 1 }))
  }

  /** As the plan of a change that is about to be made needs them. Of the first set come those whom the test names, and nobody else. */
  sharesFor = (needs: readonly Need[], { rosters }: History): string[] =>
    needs.flatMap(({ group: name, epoch, threshold }) => {
      const all = rosters.setOf({ group: name, epoch })!.group.custodians.map((one) => one.name)
      const first = this.groups.find((group) => group.name === name)
      return this.#shares({ name, epoch, threshold, custodians: epoch === 1 && first ? first.custodians : all })
    })

  #shares({
    name,
    epoch,
    threshold,
    custodians,
  }: Pick<GroupFlags, 'name' | 'threshold' | 'custodians'> & { epoch: number }) {
    return Array.from({ length: threshold }, (_, i) => [
      '--share',
      join(
        this.shares,
        shareFile(custodians[(this.turn + i) % custodians.length]!, name, epoch, this.groups.length > 1),
      ),
    ]).flat()
  }

  /** What the ledger tells; undefined before there is one, or where nothing of it is whole. Read anew where a file has changed: the judge opens the ledger itself. */
  get history(): History | undefined {
    const files = this.#contents()
    if (this.#known?.files !== files) this.#known = { files, history: this.#read() }
    return this.#known.history
  }

  #contents(): string {
    const files = existsSync(this.path) ? readdirSync(this.path, { withFileTypes: true }) : []
    const texts = files.filter((file) => file.isFile()).map(({ name }) => readFileSync(join(this.path, name), 'latin1'))
    return texts.join('\n\n')
  }

  #read(): History | undefined {
    try {
      return this.partition.hasLedger ? this.partition.openLedger().history : undefined
    } catch {
      return undefined
    }
  }

  /** `partition recover`: the beginning of a partition is finished by every group, a change by those who approve changes. */
  recover(): string[] {
    const history = this.history
    if (history?.open?.plan.op === 'quorum.replace')
      return ['partition', 'recover', ...this.sharesFor(history.needsOf({ op: 'partition.recover' }), history)]
    const isBeginning = existsSync(join(this.path, 'pending.json'))
    const present = isBeginning ? this.#presentPin : []
    return ['partition', 'recover', ...present, ...this.approvedBy(isBeginning ? 'all' : 'user')]
  }

  /** Of a token that somebody else has made. */
  get #presentPin(): string[] {
    const file = join(this.folder.dir, 'so.pin')
    return existsSync(file) ? ['--so-pin-file', file] : []
  }

  /** A change that those who hold the user PIN approve. */
  changing(...words: string[]): string[] {
    return [...words, ...this.approvedBy('user')]
  }

  generate(name: string, ...more: string[]): string[] {
    const type = more.includes('--type') ? [] : ['--type', 'aes-256']
    return this.changing('key', 'generate', name, ...type, ...more)
  }

  shareTexts(): Map<string, string> {
    const files = readdirSync(this.shares)
    return new Map(files.map((file) => [file, readFileSync(join(this.shares, file), 'utf8')]))
  }

  [Symbol.dispose](): void {
    this.folder.dispose()
  }
}

export const shareFile = (custodian: string, group: string, epoch: number, several: boolean): string =>
  `${custodian}${several ? `.${group}` : ''}${epoch === 1 ? '' : `.e${epoch}`}.share.txt`

export const ONE_GROUP: readonly GroupFlags[] = [
  {
    name: 'custodians',
    flags: ['--custodian', 'alice', '--custodian', 'bob', '--custodian', 'carol', '--threshold', '2'],
    threshold: 2,
    custodians: ['alice', 'bob', 'carol'],
    holdsUser: true,
  },
]

export const TWO_GROUPS: readonly GroupFlags[] = [
  {
    name: 'officers',
    flags: ['--group', 'officers:so,recovery:2:alice,bob,carol'],
    threshold: 2,
    custodians: ['alice', 'bob', 'carol'],
    holdsUser: false,
  },
  {
    name: 'operators',
    flags: ['--group', 'operators:user:2:dave,erin,frank'],
    threshold: 2,
    custodians: ['dave', 'erin', 'frank'],
    holdsUser: true,
  },
]
