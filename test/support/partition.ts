// One partition, built once in a run and copied for each test: tokens, home, shares and passphrases lie in one folder of the test's own.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordInMemory } from '../../src/domain/templates.ts'
import { perform } from './in-process.ts'
import { ok, type Result, type RunOptions } from './keyrite.ts'
import { sealLightly } from './light-seal.ts'
import { asMade, copyFolder, makeTokenFolder, softhsm, type TokenFolder, temporaryBase } from './softhsm.ts'

/** `sealed`: each share under a passphrase of its own. `plain`: unencrypted, for tests that are not about shares; they start quicker. */
export type Kind = 'sealed' | 'plain'

export const CUSTODIANS = ['alice', 'bob', 'carol'] as const

export class TestPartition implements Disposable {
  constructor(
    readonly folder: TokenFolder,
    readonly kind: Kind,
    readonly custodians: readonly string[] = CUSTODIANS,
  ) {}

  path = (...names: string[]): string => join(this.folder.dir, ...names)

  get home(): string {
    return this.path('home')
  }

  get ledger(): string {
    return this.path('home', 'pay', 'ledger.jsonl')
  }

  share = (custodian: string): string =>
    this.path('shares', `${custodian}.share.${this.kind === 'plain' ? 'txt' : 'age'}`)
  passphraseFile = (custodian: string): string => this.path('passphrases', custodian)

  /** The flags by which these custodians approve. */
  approvedBy(...custodians: string[]): string[] {
    const open = (name: string) => ['--passphrase-file', `${name}=${this.passphraseFile(name)}`]
    return custodians.flatMap((name) => ['--share', this.share(name), ...(this.kind === 'sealed' ? open(name) : [])])
  }

  /** `keyrite ARGS --json --no-input`, whatever comes of it. */
  keyrite = (args: readonly string[], options: RunOptions = {}): Promise<Result> =>
    perform([...args, '--json', '--no-input'], this.#options(options))

  /** The same, and an error unless it exits 0. Gives `data`. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it and says what it expects
  data = async (...args: string[]): Promise<any> =>
    (await ok([...args, '--json', '--no-input'], this.#options({}), perform)).json.data

  #options(options: RunOptions): RunOptions {
    return {
      cwd: this.folder.dir,
      ...options,
      home: options.home ?? this.home,
      env: { ...this.folder.env, ...options.env },
    }
  }

  /** The lines of the ledger as they stand in the file. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it and says what it expects
  records = (): any[] =>
    readFileSync(this.ledger, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => recordInMemory(JSON.parse(line).record))

  /** Of the token that the partition has now. */
  get serial(): string {
    return this.records().findLast(({ token }) => token?.serial).token.serial
  }

  /** The slot in which SoftHSM shows a blank token. */
  async blankSlot(): Promise<string> {
    const { slots } = await this.data('token', 'list', '--module', softhsm, '--no-probe')
    return `${slots.find(({ token }: { token?: { initialised: boolean } }) => token?.initialised === false).slot}`
  }

  /** The partition is reached through this module from now on. */
  useModule(module: string): void {
    const config = this.path('home', 'config.json')
    const { partitions = {} } = existsSync(config) ? JSON.parse(readFileSync(config, 'utf8')) : {}
    writeFileSync(config, JSON.stringify({ partitions: { pay: { ...partitions.pay, module } } }))
  }

  copy = (): TestPartition => new TestPartition(copyFolder(this.folder.dir), this.kind, this.custodians);

  [Symbol.dispose](): void {
    this.folder.dispose()
  }
}

/** A folder with one blank token, passphrase files and a place for shares, and no partition yet. */
export function blank(kind: Kind = 'plain', custodians: readonly string[] = CUSTODIANS): TestPartition {
  const place = new TestPartition(makeTokenFolder(), kind, custodians)
  for (const folder of ['shares', 'passphrases']) mkdirSync(place.path(folder), { mode: 0o700 })
  for (const name of custodians) writeFileSync(place.passphraseFile(name), `${name} likes tea\n`, { mode: 0o600 })
  return place
}

/** The arguments of `partition init pay`: M of the custodians of the place. */
export function initArgs(place: TestPartition, threshold = 2): string[] {
  const people = place.custodians.flatMap((name) => ['--custodian', name])
  const sealed = place.custodians.flatMap((name) => ['--passphrase-file', `${name}=${place.passphraseFile(name)}`])
  const how = place.kind === 'plain' ? ['--unsafe-plain-shares'] : ['--passphrase-cost', '14', ...sealed]
  const where = ['--module', softhsm, '--shares-dir', place.path('shares')]
  return ['partition', 'init', 'pay', ...where, ...people, '--threshold', String(threshold), ...how]
}

/** The same by groups, such as `ops:user:3:alice,bob,carol,dan`: their shares lie in plain files. */
export const initByGroups = (place: TestPartition, groups: readonly string[]): string[] => [
  ...['partition', 'init', 'pay', '--module', softhsm, '--shares-dir', place.path('shares'), '--unsafe-plain-shares'],
  ...groups.flatMap((group) => ['--group', group]),
]

/** The folder in which the test processes of one run leave for each other what they have built; none where a file runs alone. */
const { KEYRITE_TEST_SHARED: name } = process.env
const SHARED = name && join(temporaryBase(), name)
if (SHARED) mkdirSync(SHARED, { recursive: true, mode: 0o700 })

const built = new Map<string, Promise<string>>()

/** A copy of what `build` makes, which is made once in a run. `named`: that alone. */
export async function copyOf(named: string, kind: Kind, build: () => Promise<TestPartition>): Promise<TestPartition> {
  const name = asMade(named)
  const known = built.get(name) ?? find(name, build)
  built.set(name, known)
  return new TestPartition(copyFolder(await known), kind)
}

async function find(name: string, build: () => Promise<TestPartition>): Promise<string> {
  const shared = SHARED && join(SHARED, name)
  if (shared && existsSync(shared)) return shared
  const { dir } = (await build()).folder
  if (!shared) return dir
  try {
    renameSync(dir, shared)
  } catch (error) {
    // Two processes may have built it at once: the first one's stays.
    if (!existsSync(shared)) throw error
  }
  return shared
}

/** The partition `pay`, 2 of 3 (alice, bob, carol), with one AES key, `card`; a copy that is the test's own. */
export const partition = (kind: Kind = 'plain'): Promise<TestPartition> =>
  copyOf(kind, kind, async () => {
    const place = blank(kind)
    await place.data(...initArgs(place))
    if (kind === 'sealed') for (const name of CUSTODIANS) await sealLightly(place.share(name), `${name} likes tea`)
    await place.data('key', 'generate', 'card', '--type', 'aes-256', ...place.approvedBy('alice', 'bob'))
    return place
  })

/** The same with its `backup`. */
export const backedUp = (kind: Kind = 'plain'): Promise<TestPartition> =>
  copyOf(`${kind}-backed-up`, kind, async () => {
    const place = await partition(kind)
    await place.data('backup', 'create', place.path('backup'), ...place.approvedBy('alice', 'bob'))
    return place
  })

/** What approves at a partition of two of three. */
export const by = (place: TestPartition): string[] => place.approvedBy('alice', 'bob')

/** The token and the books agree, and the books are proved. */
export async function isWhole(place: TestPartition): Promise<void> {
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  await place.data('audit', 'verify')
}
