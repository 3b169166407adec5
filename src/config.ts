// Settings of this host: which PKCS#11 library a partition is reached through, and each of its application tokens. Never a secret.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as v from 'valibot'
import type { PartitionSettings, Settings } from './cli/context.ts'
import { diskError, exists, readDeciding, readOwnText, removeFile, syncFolder } from './disk/files.ts'
import { KeyriteError, usage } from './domain/errors.ts'
import { keyrite, sh } from './domain/hints.ts'
import { KNOWN_PROFILES, knownProfile } from './domain/known-profiles.ts'
import { lazily } from './domain/lazily.ts'
import { filledIn, ModuleProfile, type ReachedModule } from './domain/module-profile.ts'
import { isReserved, quoted } from './domain/names.ts'
import { orMeant } from './domain/words.ts'
import { Lock } from './ledger/lock.ts'

/** Reading needs no library: the file is plain JSON, and this one costs 80 ms to load. */
const loadConf = lazily(() => import('conf'))

const VERSION = 1

/**
 * Made where a file is read: what it is made of is not read at every start. `applications`: of each application token how it is reached, by the
 * application's name, and `members` of each that came after the first. `version` came later than the file: one without it is of version 1.
 */
function configShape() {
  const reached = { module: v.pipe(v.string(), v.minLength(1)), ...ModuleProfile.entries }
  const applications = v.exactOptional(v.record(v.string(), v.strictObject(reached)))
  const members = applications
  return v.strictObject({
    version: v.optional(v.number(), VERSION),
    partitions: v.optional(v.record(v.string(), v.strictObject({ ...reached, applications, members })), {}),
  })
}
type Config = v.InferOutput<ReturnType<typeof configShape>>

const pathOf = (home: string): string => join(home, 'config.json')

/** HOME-OPEN, FILE-LINK, FILE-OWNER: who can write this file chooses what code runs. CONFIG: it says what we know, and nothing else. */
function readConfig(home: string): Config {
  const path = pathOf(home)
  if (!exists(path)) return { version: VERSION, partitions: {} }
  const found = v.safeParse(configShape(), checkVersion(parsed(readOwnText(path), path), path))
  if (found.success) return found.output as Config
  throw broken(path, inWords(found.issues[0]))
}

/** CONFIG: JSON, of which the shapes pass nothing over. */
function parsed(text: string, path: string): unknown {
  const names = new Set<string>()
  const value = asJson(text, path, names)
  const reserved = [...names].find(isReserved)
  if (reserved !== undefined) throw broken(path, `has a setting whose name is a reserved word: ${quoted(reserved)}`)
  return value
}

/** `names`: gets those of all members. */
function asJson(text: string, path: string, names: Set<string>): unknown {
  try {
    return JSON.parse(text, (name, member) => {
      names.add(name)
      return member
    })
  } catch {
    throw usage(`${path} can't be read as JSON`, sh('jq', '.', path), 'CONFIG')
  }
}

function checkVersion(config: unknown, path: string): unknown {
  if (Array.isArray(config)) throw broken(path, 'is a list')
  const { version = VERSION } = (config ?? {}) as { version?: unknown }
  if (typeof version !== 'number' || version <= VERSION) return config
  throw usage(`${path} was written by a newer keyrite (version ${version})`, keyrite('--version'), 'CONFIG')
}

function inWords(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue) ?? ''
  if (issue.expected === 'never') return `has a setting that keyrite does not know: ${quoted(place)}`
  if (issue.received === 'undefined') return `lacks a setting: ${quoted(place)}`
  return `has a setting that is not as it should be: ${quoted(place)}`
}

const broken = (path: string, what: string) => usage(`${path} ${what}`, sh('jq', '.', path), 'CONFIG')

function partitionIn({ partitions }: Config, partition: string): Config['partitions'][string] | undefined {
  return Object.hasOwn(partitions, partition) ? partitions[partition] : undefined
}

function settingsIn(home: string, partition: string): PartitionSettings | undefined {
  const found = partitionIn(readConfig(home), partition)
  return found && ofTheToken(found)
}

/** Of the partition's own token. */
function ofTheToken({ applications: _, members: __, ...settings }: Config['partitions'][string]): PartitionSettings {
  return settings as PartitionSettings
}

/** Tokens besides that one. */
type Others = 'applications' | 'members'

const othersIn =
  (kind: Others) =>
  (home: string, partition: string): Record<string, ReachedModule> =>
    (partitionIn(readConfig(home), partition)?.[kind] ?? {}) as Record<string, ReachedModule>

/** CONFIG, FILE-WRITABLE: one that ships, by its name, or a file that the site keeps; it has a slash or a dot in it, and names have none. */
function profileOf(word: string, env: Readonly<Record<string, string>>): ModuleProfile {
  if (!/[/.]/.test(word)) return filledIn(knownProfile(word) ?? unknownProfile(word), env)
  const found = v.safeParse(ModuleProfile, parsed(readDeciding(word).toString('utf8'), word))
  if (found.success) return filledIn(found.output, env)
  throw broken(word, inWords(found.issues[0]))
}

function unknownProfile(word: string): never {
  const hint = `one of: ${KNOWN_PROFILES.join(', ')}; or a file: ./${word}.json`
  throw usage(`no profile of a library is called ${quoted(word)}${orMeant(word, KNOWN_PROFILES)}`, hint, 'CONFIG')
}

const PATIENCE_MS = 10_000

/** LOCKED: one writer at a time in a home, which may hold several partitions. Writing takes a few milliseconds. */
async function lockConfig(home: string, pid: number): Promise<Lock> {
  for (const end = performance.now() + PATIENCE_MS; ; await pause(20)) {
    try {
      return Lock.at(`${pathOf(home)}.lock`, pid, 'is writing config.json')
    } catch (error) {
      if (!(error instanceof KeyriteError) || error.code !== 'LOCKED' || performance.now() > end) throw error
    }
  }
}

/** As conf calls a file that it writes: after a crash it is left, and the next writer takes it away. */
const DRAFT = /^config\.json\.tmp-\d{10}[0-9a-f]{6}$/

/** Whole, beside the old one, and then in its place. */
function writeConfig(home: string, config: Config, { default: Conf }: Awaited<ReturnType<typeof loadConf>>): void {
  for (const name of readdirSync(home)) if (DRAFT.test(name)) removeFile(join(home, name))
  const options = { cwd: home, configName: 'config', configFileMode: 0o600, accessPropertiesByDotNotation: false }
  try {
    new Conf<Config>(options).store = config
    // What is said of it next, in the ledger too, holds after a loss of power.
    syncFolder(home)
  } catch (error) {
    throw diskError(error, pathOf(home))
  }
}

function noneNamed(home: string, partition: string): never {
  const hint = keyrite('--partition', partition, 'config', 'set', 'module', 'PATH')
  throw usage(`${pathOf(home)} names no PKCS#11 module for partition ${partition}`, hint, 'CONFIG')
}

/** `pid`: of this process. */
export const settingsOf = (pid: number): Settings => ({
  read(home, partition) {
    return settingsIn(home, partition) ?? noneNamed(home, partition)
  },
  all: (home) =>
    Object.fromEntries(Object.entries(readConfig(home).partitions).map(([name, one]) => [name, ofTheToken(one)])),
  profile: profileOf,
  has: (home, partition) => settingsIn(home, partition) !== undefined,
  write: (home, partition, facts) =>
    changeConfig(home, partition, pid, (before) => ({ ...facts, ...kept(before ?? {}) })),
  applications: othersIn('applications'),
  writeApplication: writerOf('applications', pid),
  members: othersIn('members'),
  writeMember: writerOf('members', pid),
})

const writerOf =
  (kind: Others, pid: number): Settings['writeMember'] =>
  (home, partition, name, facts) =>
    changeConfig(home, partition, pid, (before) => {
      const { [kind]: { [name]: _, ...others } = {}, ...own } = before ?? noneNamed(home, partition)
      return { ...own, ...kept({ [kind]: facts ? { ...others, [name]: { ...facts } } : others }) }
    })

const kept = ({ applications = {}, members = {} }: Pick<Config['partitions'][string], Others>) => ({
  ...(Object.keys(applications).length === 0 ? {} : { applications }),
  ...(Object.keys(members).length === 0 ? {} : { members }),
})

async function changeConfig(
  home: string,
  partition: string,
  pid: number,
  change: (before: Config['partitions'][string] | undefined) => Config['partitions'][string],
): Promise<void> {
  using _ = await lockConfig(home, pid)
  const config = readConfig(home)
  const partitions = { ...config.partitions, [partition]: change(partitionIn(config, partition)) }
  writeConfig(home, { version: VERSION, partitions }, await loadConf())
}
