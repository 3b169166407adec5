// What every command is given: the rooms, and the few facts of the process that it may know.
import { isAbsolute, join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { HostSources } from '../change/ports.ts'
import type { CeremonyBeginning, CeremonyMark } from '../domain/ceremony-marks.ts'
import type { Changes } from '../domain/changes.ts'
import { type ExitCode, KeyriteError, usage } from '../domain/errors.ts'
import { type Address, add, keyrite } from '../domain/hints.ts'
import type { Place } from '../domain/journal.ts'
import type { ModuleProfile, ReachedModule } from '../domain/module-profile.ts'
import { checkWords, parseShortName, type ShortName } from '../domain/names.ts'
import type { ParseLine } from '../domain/parsed-line.ts'
import type { Host, Tool } from '../domain/record-common.ts'
import type { HsmOptions, OpenHsm, StartHost } from '../hsm/port.ts'
import type { Ledgers, Partition } from '../ledger/port.ts'
import type { Quorum } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { addressOf } from './address.ts'
import type { MachineFacts } from './machine-facts.ts'
import type { Shell } from './options.ts'

/** How a partition's own token is reached from this host. */
export type PartitionSettings = ReachedModule

export interface Settings {
  /** CONFIG: the file is damaged, or lacks this partition. */
  read(home: string, partition: string): PartitionSettings
  /** CONFIG: those of each partition that has some. */
  all(home: string): Record<string, PartitionSettings>
  /** CONFIG: what can't be read is not absent. */
  has(home: string, partition: string): boolean
  /** CONFIG: one that ships with the program, by its name, or that of a file; `env` has what it leaves to be told. */
  profile(nameOrFile: string, env: Readonly<Record<string, string>>): ModuleProfile
  write(home: string, partition: string, settings: PartitionSettings): Promise<void>
  /** CONFIG: how the application tokens of a partition are reached, by the application's name. */
  applications(home: string, partition: string): Record<string, ReachedModule>
  /** CONFIG: how the members are reached that came later, by name. */
  members(home: string, partition: string): Record<string, ReachedModule>
  /** CONFIG. Undefined takes the member's away. */
  writeMember(home: string, partition: string, member: string, settings: ReachedModule | undefined): Promise<void>
  /** CONFIG. Undefined takes the application's away. */
  writeApplication(
    home: string,
    partition: string,
    application: string,
    settings: ReachedModule | undefined,
  ): Promise<void>
}

/** The program's files, and the digest over all of them. */
export interface Installation {
  folder: string
  /** SHA-256 of SHA256SUMS, hex; and the code of it that is read aloud. */
  sha256: string
  code: string
  /** Files that are not what SHA256SUMS says. */
  changed: string[]
}

export interface Context {
  env: {
    KEYRITE_HOME?: string
    KEYRITE_PARTITION?: string
    KEYRITE_MODULE?: string
    XDG_STATE_HOME?: string
    HOME?: string
  }
  program: { version: string; node: string; platform: string; arch: string }
  /** User and machine as records name them, in this machine's own words. */
  host: Host
  completion(shell: Shell): Promise<string>
  sources: HostSources
  /** What this command has started on a token. */
  changes: Changes
  ledgers: Ledgers
  quorum: Quorum
  startHost: StartHost
  openHsm: OpenHsm
  /** Real path and SHA-256 (hex) of a module's file. MODULE-MISSING, MODULE-INVALID. */
  inspectModule(path: string): Promise<{ path: string; sha256: string }>
  /** The environment that the module's process gets. */
  moduleEnv: Record<string, string>
  settings: Settings
  /** NATIVE-MISSING: the native part can be loaded, in a process of its own. */
  checkNative(options: Pick<HsmOptions, 'env' | 'timeout'>): Promise<void>
  machine(): Promise<MachineFacts>
  /** Undefined where no SHA256SUMS lies beside the program. */
  installation(): Installation | undefined
  /** This program: its version, and its digest where it has one. */
  tool(): Tool
  /** The step of a ceremony that this command is: its plans say so. */
  ceremony?: CeremonyMark
  /** What that ceremony settled before the partition that begins in it. */
  begins?: CeremonyBeginning
  /** Carries another command line out in this process, at the same terminal. Gives what it answered, too. */
  perform(words: readonly string[], at: Performed): Promise<{ exit: ExitCode; answer: string; records: Place[] }>
  /** What an administrator runs in a database before a ledger can lie there. */
  databaseScript(): Promise<string>
  /** As this program would understand it, without carrying it out. */
  parseLine: ParseLine
  terminal(manners: { json: boolean; mayAsk: boolean; address?: Address }): Terminal
  /** From here on an interruption leaves something behind: it ends the command with this. */
  interruptionMeans(failure: () => KeyriteError): void
  /** It ends with this code, though nothing failed: of the one command whose exit codes are another program's. */
  endWith(code: ExitCode): void
  /** From here on an interruption waits until the command has finished. */
  holdInterrupts(): void
}

/** How a command line is carried out by another: as a step of a ceremony, with more variables, or unseen, where nobody is asked. */
export interface Performed extends Pick<Context, 'ceremony' | 'begins'> {
  env?: Readonly<Record<string, string>>
  unseen?: true
  /** Hears of each line of the ledger before it is written. */
  appending?(lines: readonly string[]): void
}

/** The options that every command knows. */
export interface Globals {
  home: string
  partition?: string
  /** It is the variable that names it. */
  byVariable?: true
  json: boolean
  input: boolean
  timeout: number
  /** Where each call to the HSM is written down. */
  trace?: string
  /** It prints a plan and stops: the home stays as it is. */
  dryRun?: boolean
  /** For the commands that this one hints at. */
  address: Address
}

export function globalsOf(command: Command, { env }: Context): Globals {
  const { home, partition: flag, json, input, timeout, trace, dryRun } = command.optsWithGlobals<Partial<Globals>>()
  const partition = flag ?? namedIn(env)
  return {
    home: home ?? homeOf(env),
    ...(partition === undefined ? {} : { partition }),
    ...(flag === undefined && partition !== undefined ? { byVariable: true } : {}),
    json: json ?? false,
    input: input ?? true,
    timeout: timeout ?? 60,
    ...(trace === undefined ? {} : { trace: resolve(trace) }),
    ...(dryRun === undefined ? {} : { dryRun }),
    address: addressOf(command),
  }
}

/** NAME: the partition that KEYRITE_PARTITION names. */
function namedIn({ KEYRITE_PARTITION: name }: Context['env']): string | undefined {
  try {
    return name ? parsePartitionName(name) : undefined
  } catch (error) {
    const failure = error as KeyriteError
    const message = `the variable KEYRITE_PARTITION: ${failure.message}`
    throw failure.with({ message, hint: keyrite('partition', 'list') })
  }
}

/** PARTITION-KNOWN: who names none on the command line is told where the name is from. */
export function ofVariable<T>({ byVariable }: Globals, choose: () => T): T {
  try {
    return choose()
  } catch (error) {
    if (!byVariable || !(error instanceof KeyriteError) || error.code !== 'PARTITION-KNOWN') throw error
    throw error.with({ message: `the variable KEYRITE_PARTITION: ${error.message}` })
  }
}

/** PARTITION-KNOWN: the one that was named, or the only one there is. */
export const choosePartition = (globals: Globals, { ledgers }: Context): Partition =>
  ofVariable(globals, () => ledgers.choose(globals.home, globals.partition))

function homeOf(env: Context['env']): string {
  const home = usualHome(env)
  if (home === undefined) throw usage('neither HOME nor KEYRITE_HOME is set', add('--home', 'DIR'))
  checkWords([home])
  return home
}

/** Where no --home says otherwise. A relative XDG_STATE_HOME is no folder at all, says its specification. */
function usualHome({ KEYRITE_HOME: ours, XDG_STATE_HOME: state, HOME: home }: Context['env']): string | undefined {
  if (ours) return resolve(ours)
  if (state && isAbsolute(state)) return join(state, 'keyrite')
  return home ? resolve(home, '.local/state/keyrite') : undefined
}

export const terminalOf = ({ json, input, address }: Globals, context: Context): Terminal =>
  context.terminal({ json, mayAsk: input, address })

export const parsePartitionName = (text: string): ShortName => parseShortName('partition', text)
