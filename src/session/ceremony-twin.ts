// The twin on which a ceremony is rehearsed: a soft token, a home, shares and files in a folder of their own, in which nothing is real.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { siteValuesOf } from '../ceremony/lint/lint.ts'
import { Stage } from '../ceremony/lint/stage.ts'
import { beginningIn, type CeremonyScript, rolesOf } from '../ceremony/script.ts'
import { type CeremonySite, siteValue } from '../ceremony/site.ts'
import { type KnownKey, makingOf, twinCustodians, twinKeys } from '../ceremony/twin/keys.ts'
import { kindsOf, pathIn, twinSite, type ValueKind } from '../ceremony/twin/values.ts'
import { filledIn } from '../ceremony/verify/steps.ts'
import type { Context } from '../cli/context.ts'
import { refused } from '../domain/errors.ts'
import { add, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { quoted } from '../domain/names.ts'
import type { ParsedLine } from '../domain/parsed-line.ts'
import { listed } from '../domain/words.ts'
import type { readScript } from './ceremony-files.ts'

type Script = ReturnType<typeof readScript>

/** Where packages put SoftHSM. */
const PLACES = [
  '/usr/lib/softhsm',
  '/usr/lib/x86_64-linux-gnu/softhsm',
  '/usr/lib/aarch64-linux-gnu/softhsm',
  '/usr/lib64/pkcs11',
  '/usr/local/lib/softhsm',
  '/opt/homebrew/lib/softhsm',
].map((folder) => join(folder, 'libsofthsm2.so'))

export class Twin {
  readonly path: string

  /** A folder for each name of a ceremony, in the home. */
  constructor(
    real: string,
    readonly script: CeremonyScript,
  ) {
    this.path = join(real, '.rehearsals', `${script.partition}.${script.name}`)
  }

  get home(): string {
    return this.#in('home')
  }

  get shares(): string {
    return this.#in('shares')
  }

  get env(): { SOFTHSM2_CONF: string } {
    return { SOFTHSM2_CONF: this.#in('softhsm2.conf') }
  }

  /** Of which script it is. Undefined where there is none, or it is not whole. */
  get madeOf(): string | undefined {
    return existsSync(this.#in('made')) ? readFileSync(this.#in('made'), 'utf8') : undefined
  }

  get site(): string {
    return this.#in('site.toml')
  }

  /** CEREMONY-TWIN: the twin anew, with all that the script finds. What was there of an earlier one goes. */
  async make(
    file: Script,
    site: CeremonySite,
    module: string | undefined,
    known: History | undefined,
    context: Context,
  ) {
    const library = libraryOf(module)
    const stage = new Stage(this.script, site, context.parseLine)
    const lines = stage.steps.flatMap(({ line }) => (line ? [line] : []))
    checkPossibleHere(lines)
    const names = siteValuesOf(this.script)
    const files = this.script.steps.flatMap((step) => (step.kind === 'attach' && step.file ? [step.file] : []))
    const kinds = kindsOf(lines, files)
    this.#checkInputs(site, kinds)
    rmSync(this.path, { recursive: true, force: true })
    for (const folder of [this.path, this.home, this.shares, this.#in('tokens'), this.#in('files')])
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(this.env.SOFTHSM2_CONF, confOf(this.#in('tokens')), { mode: 0o600 })
    const serial = beginningIn(this.script) ? undefined : await this.#begin(library, site, lines, known, context)
    this.#bringFiles(site, kinds)
    const replace = (name: string, value: string) => this.#valueOf(kinds.get(name), value, { library, serial })
    writeFileSync(this.site, twinSite(site, names, replace), { mode: 0o600 })
    for (const backup of this.#paths(site, kinds, 'backup'))
      await this.#perform(['backup', 'create', backup, ...this.#quorum], context)
    writeFileSync(this.#in('made'), file.sha256, { mode: 0o600 })
  }

  /** A partition of the same name, custodians and keys. Gives the serial number of its token. */
  async #begin(
    module: string,
    site: CeremonySite,
    lines: readonly ParsedLine[],
    known: History | undefined,
    context: Context,
  ) {
    const { partition, begins } = this.script
    await this.#perform(
      [
        'partition',
        'init',
        partition,
        '--module',
        module,
        '--shares-dir',
        this.shares,
        '--unsafe-plain-shares',
        ...this.#groups(site, lines, known),
      ],
      context,
    )
    const keys = twinKeys(begins, lines, knownKeys(known))
    for (const key of keys.length > 0 || begins
      ? keys
      : [{ name: 'rehearsal', type: 'aes-256', states: ['active' as const] }]) {
      const making = makingOf(key)
      if (!making)
        throw refused('CEREMONY-TWIN', `no commands lead to ${key.name} as the script finds it: ${listed(key.states)}`)
      for (const words of making) await this.#perform([...words, ...this.#quorum], context)
    }
    const { token } = context.ledgers.partition(this.home, partition).openLedger().history
    return token.serial
  }

  #custodians: string[] = []

  #groups(site: CeremonySite, lines: readonly ParsedLine[], known: History | undefined): string[] {
    if (known) {
      this.#custodians = known.groups.flatMap(({ custodians, threshold, name }) =>
        custodians.slice(0, threshold).map((one) => (known.groups.length > 1 ? `${one.name}.${name}` : one.name)),
      )
      return known.groups.flatMap(({ name, roles, threshold, custodians }) => [
        '--group',
        `${name}:${roles.join(',')}:${threshold}:${custodians.map((one) => one.name).join(',')}`,
      ])
    }
    const named = rolesOf(this.script)
    const holders = site.people.flatMap(({ roles, custodian }) =>
      custodian !== undefined && roles.some((role) => named.get(role)?.shares === true) ? [custodian] : [],
    )
    const all = twinCustodians(
      holders,
      lines.map((line) => filled(line, site)),
    )
    this.#custodians = all.slice(0, 2)
    return ['--threshold', '2', ...all.flatMap((name) => ['--custodian', name])]
  }

  get #quorum(): string[] {
    return this.#custodians.flatMap((name) => ['--share', join(this.shares, `${name}.share.txt`)])
  }

  /** CEREMONY-TWIN: what it was that failed, in the words of the command. */
  async #perform(words: readonly string[], context: Context): Promise<void> {
    const all = [...words, '--home', this.home, '--json', '--no-input']
    const { exit, answer } = await context.perform(all, { env: this.env, unseen: true })
    if (exit === 0) return
    throw refused(
      'CEREMONY-TWIN',
      `the twin can not be made: keyrite ${words.slice(0, 3).join(' ')}: ${messageIn(answer)}`,
    )
  }

  #valueOf(
    kind: ValueKind | undefined,
    value: string,
    { library, serial }: { library: string; serial: string | undefined },
  ): string {
    switch (kind) {
      case undefined:
        return value
      case 'module':
        return library
      case 'token':
        return serial ?? value
      case 'slot':
        // SoftHSM shows the blank token behind those that there are.
        return serial === undefined ? '0' : '1'
      default: {
        const { lead, path } = pathIn(value)
        return `${lead}${this.#fileOf(path)}`
      }
    }
  }

  /** Each path of the site has its place, in folders of the same names: what files say of each other stays true. */
  #fileOf = (path: string): string => join(this.#in('files'), resolve(path))

  #paths(site: CeremonySite, kinds: ReadonlyMap<string, ValueKind>, wanted: ValueKind): string[] {
    return [...kinds].flatMap(([name, kind]) => {
      const value = siteValue(site, name)
      return kind === wanted && value !== undefined ? [this.#fileOf(pathIn(value).path)] : []
    })
  }

  /** CEREMONY-TWIN: what the script reads and nobody makes is read from where the site file says. */
  #checkInputs(site: CeremonySite, kinds: ReadonlyMap<string, ValueKind>): void {
    for (const [name, kind] of kinds) {
      const value = siteValue(site, name)
      if (kind !== 'input' || value === undefined || isFile(pathIn(value).path)) continue
      throw refused(
        'CEREMONY-TWIN',
        `the script reads {site.${name}}, and there is no file ${quoted(pathIn(value).path)}`,
        to('a rehearsal reads it, too: put one there, or name it in the site file', add('--site', 'FILE')),
      )
    }
  }

  #bringFiles(site: CeremonySite, kinds: ReadonlyMap<string, ValueKind>): void {
    for (const folder of this.#paths(site, kinds, 'folder')) mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const [name, kind] of kinds) {
      const value = siteValue(site, name)
      if (value === undefined || !['backup', 'input', 'path'].includes(kind)) continue
      const { path } = pathIn(value)
      mkdirSync(dirname(this.#fileOf(path)), { recursive: true, mode: 0o700 })
      if (kind === 'input') cpSync(resolve(path), this.#fileOf(path))
    }
  }

  #in = (name: string): string => join(this.path, name)
}

const isFile = (path: string): boolean => statSync(resolve(path), { throwIfNoEntry: false })?.isFile() === true

/** With the words of the site. */
const filled = (line: ParsedLine, site: CeremonySite): ParsedLine => ({
  ...line,
  options: line.options.map((option) => ({ ...option, values: filledIn(option.values, { site, blanks: {} }) })),
})

const knownKeys =
  (known: History | undefined): KnownKey =>
  (name) => {
    const newest = known?.keys.newest(name) ?? 0
    if (!known || newest === 0) return undefined
    const all = Array.from({ length: newest }, (_, i) => known.key(name, i + 1)!)
    return { type: all.at(-1)!.type, states: all.map(({ state }) => state) }
  }

/** CEREMONY-TWIN */
function libraryOf(module: string | undefined): string {
  const found = module ?? PLACES.find(existsSync)
  if (found !== undefined) return found
  throw refused('CEREMONY-TWIN', 'a rehearsal wants SoftHSM, and its library was not found', add('--module', 'FILE'))
}

/** CEREMONY-TWIN: a twin begins blank, and has no applications. */
function checkPossibleHere(lines: readonly ParsedLine[]): void {
  const adopts = lines.find(
    ({ path }) => path === 'partition adopt' || path.startsWith('app ') || path.startsWith('member '),
  )
  if (!adopts) return
  const why =
    adopts.path === 'partition adopt' ? 'takes over a token with keys of somebody else' : 'wants a token of its own'
  throw refused(
    'CEREMONY-TWIN',
    `${adopts.path} ${why}, and a twin has none`,
    keyrite('ceremony', 'print', 'FILE', '--out', 'FILE.html'),
  )
}

const confOf = (tokens: string): string =>
  `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n`

function messageIn(answer: string): string {
  const [line = ''] = answer.trim().split('\n')
  try {
    return JSON.parse(line).error.message
  } catch {
    return line
  }
}
