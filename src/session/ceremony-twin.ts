// The twin on which a ceremony is rehearsed: a soft token, a home, shares and files in a folder of their own, in which nothing is real.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { wantsBackup } from '../ceremony/lint/key-rules.ts'
import { siteValuesOf } from '../ceremony/lint/lint.ts'
import { Stage } from '../ceremony/lint/stage.ts'
import { beginningIn, type CeremonyScript, rolesOf } from '../ceremony/script.ts'
import { type CeremonySite, siteValue } from '../ceremony/site.ts'
import { type TwinApp, twinApps } from '../ceremony/twin/applications.ts'
import { makingOf, type TwinKey, twinCustodians, twinKeys } from '../ceremony/twin/keys.ts'
import { notOnTwin } from '../ceremony/twin/limits.ts'
import { kindsOf, pathIn, twinSite, type ValueKind } from '../ceremony/twin/values.ts'
import { filledIn } from '../ceremony/verify/steps.ts'
import type { Context, Globals } from '../cli/context.ts'
import { refused } from '../domain/errors.ts'
import { add, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { quoted } from '../domain/names.ts'
import type { ParsedLine } from '../domain/parsed-line.ts'
import { listed } from '../domain/words.ts'
import type { readScript } from './ceremony-files.ts'
import { makeForeignToken } from './ceremony-foreign-token.ts'
import { copiesIn, knownKeys, livingIn } from './ceremony-known.ts'
import { confOf, libraryOf } from './ceremony-soft-token.ts'

type Script = ReturnType<typeof readScript>

/** Of a twin whose script names none. */
const ANY_KEY: TwinKey = { name: 'rehearsal', type: 'aes-256', states: ['active'] }

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
    globals: Globals,
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
    const begins = beginningIn(this.script)
    const serial = this.adopts
      ? await this.#beginForeign(library, lines, globals, context)
      : begins
        ? undefined
        : await this.#begin(library, site, lines, known, context)
    this.#bringFiles(site, kinds)
    const slots = names.filter((name) => kinds.get(name) === 'slot')
    const replace = (name: string, value: string) =>
      this.#valueOf(kinds.get(name), value, { library, serial, slot: this.#tokens + slots.indexOf(name) })
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
    const found = twinKeys(begins, lines, knownKeys(known))
    const keys = found.length > 0 || begins ? found : [ANY_KEY]
    for (const key of keys) {
      const making = makingOf(key, soonAfter(context))
      if (!making)
        throw refused('CEREMONY-TWIN', `no commands lead to ${key.name} as the script finds it: ${listed(key.states)}`)
      for (const words of making) await this.#perform([...words, ...this.#quorum], context)
    }
    // Where the real one has none a step that wants one fails here as there.
    if (lines.some(wantsBackup) && known?.backups.length !== 0)
      await this.#perform(['backup', 'create', this.#in('before.backup'), ...this.#quorum], context)
    this.#tokens = 1
    for (const app of twinApps(lines, copiesIn(known), livingIn(keys))) await this.#addApp(app, module, context)
    const { token } = context.ledgers.partition(this.home, partition).openLedger().history
    return token.serial
  }

  async #addApp({ name, copies }: TwinApp, module: string, context: Context): Promise<void> {
    const blank = ['--module', module, '--slot', `${this.#tokens++}`, '--pin-out', this.#in(`${name}.pin`)]
    await this.#perform(['app', 'init', name, ...blank, ...this.#quorum], context)
    if (copies.length > 0)
      await this.#perform(
        ['key', 'deliver', ...copies, '--app', name, '--accept', 'unbacked', ...this.#quorum],
        context,
      )
  }

  /** A token as somebody else has left it: it is taken over in the ceremony. */
  async #beginForeign(
    library: string,
    lines: readonly ParsedLine[],
    globals: Globals,
    context: Context,
  ): Promise<string> {
    this.#tokens = 1
    const found = twinKeys(this.script.begins, lines, () => undefined)
    const keys = found.length > 0 ? found : [ANY_KEY]
    return await makeForeignToken({ library, env: this.env, keys }, globals, context)
  }

  /** The partition takes over a token with keys of somebody else. */
  get adopts(): boolean {
    return beginningIn(this.script)?.run[1] === 'adopt'
  }

  /** Those that are initialised. */
  #tokens = 0

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
    { library, serial, slot }: { library: string; serial: string | undefined; slot: number },
  ): string {
    switch (kind) {
      case undefined:
        return value
      case 'module':
        return library
      case 'token':
        return serial ?? value
      case 'slot':
        // SoftHSM shows the blank token behind those that there are; each that a step takes is one more.
        return `${slot}`
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

/** CEREMONY-TWIN */
function checkPossibleHere(lines: readonly ParsedLine[]): void {
  const why = notOnTwin(lines)
  if (why !== undefined) throw refused('CEREMONY-TWIN', why, keyrite('ceremony', 'print', 'FILE', '--out', 'FILE.html'))
}

/** It is past when somebody types it. */
const soonAfter = ({ sources }: Context): string =>
  `${new Date(sources.clock().getTime() + 3000).toISOString().slice(0, 19)}Z`

function messageIn(answer: string): string {
  const [line = ''] = answer.trim().split('\n')
  try {
    return JSON.parse(line).error.message
  } catch {
    return line
  }
}
