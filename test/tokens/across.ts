// A backup that was made on one module, tested and restored on another: the keys of every type that the first can make and back up.
import { copyFileSync } from 'node:fs'
import { KEY_TYPES, type KeyType } from '../../src/domain/keys.ts'
import type { Result } from '../support/keyrite.ts'
import { tryTwo } from './beside.ts'
import { type Cell, cellOf, fault, isThere, none, whyOf, works } from './cells.ts'
import type { Cells } from './life.ts'
import type { TokenModule } from './modules.ts'
import { accepting, begin } from './newcomer.ts'
import type { Workplace } from './workplace.ts'

/** Done or refused by whatever the first can make. */
export const OF_ALL_KEYS = 'backup test on the other'

export const ACROSS = [
  'partition init',
  'backup create',
  OF_ALL_KEYS,
  'backup restore on the other',
  ...KEY_TYPES.map((type) => `${type}: restored there`),
  'partition check there',
  'backup create there',
  'backup test of that on the first',
  'audit verify, offline',
] as const

const nameOf = (type: KeyType): string => `of/${type}`

interface Key {
  name: string
  version: number
}

export function tryAcross(from: TokenModule, to: TokenModule, trail: string[]): Promise<Cells> {
  return tryTwo(ACROSS, [from, to], trail, ({ place, other, cells }) => new Across(place, other, cells).go())
}

class Across {
  constructor(
    private readonly place: Workplace,
    private readonly other: Workplace,
    private readonly cells: Cells,
  ) {}

  async go(): Promise<void> {
    const { place, cells } = this
    await place.newToken()
    place.clear()
    cells.set('partition init', await begin(place))
    const made = await this.#makeKeys()
    const backup = place.path('out', 'backup')
    if (!(await this.#step('backup create', 'backup', 'create', backup))) return
    await this.#test(OF_ALL_KEYS, backup, this.other)
    if (!(await this.#restore(backup, made))) return
    await this.#step('partition check there', 'partition', 'check')
    const second = place.path('out', 'second')
    if (await this.#step('backup create there', 'backup', 'create', second))
      await this.#test('backup test of that on the first', second, place)
    cells.set('audit verify, offline', cellOf(await place.keyrite('audit', 'verify')))
  }

  /** Those that could be made so that a backup holds them. */
  async #makeKeys(): Promise<KeyType[]> {
    const made: KeyType[] = []
    for (const type of KEY_TYPES) {
      const [result] = await accepting((...more) =>
        this.place.approved('key', 'generate', nameOf(type), '--type', type, ...more),
      )
      if (result.code === 0) made.push(type)
      else this.cells.set(`${type}: restored there`, none(whyOf(result)))
    }
    return made
  }

  async #step(line: string, ...words: string[]): Promise<boolean> {
    return this.#set(line, await accepting((...more) => this.place.approved(...words, ...more)))
  }

  #set(line: string, [result, accepted]: [Result, string[]]): boolean {
    const cell = cellOf(result, accepted)
    this.cells.set(line, cell)
    return isThere(cell)
  }

  /** `spare`: whose token is new for it, and erased by it. */
  async #test(line: string, file: string, spare: Workplace): Promise<void> {
    await this.#newTokenOf(spare)
    await this.#step(line, 'backup', 'test', file, ...spare.behind)
  }

  async #newTokenOf(one: Workplace): Promise<void> {
    await one.newToken()
    const env = { ...this.other.started.env, ...this.place.started.env }
    for (const each of [this.place, this.other]) each.started = { ...each.started, env }
  }

  /** The token of before is lost: every key that a backup can hold comes to another. */
  async #restore(file: string, made: readonly KeyType[]): Promise<boolean> {
    const { place, other, cells } = this
    const checkpoint = place.path('out', 'checkpoint')
    copyFileSync(place.path('home', 'pay', 'checkpoint'), checkpoint)
    await this.#newTokenOf(other)
    const how = [...other.behind, '--checkpoint', checkpoint, '--confirm', 'pay', ...other.presentPin()]
    const [flags, done] = await this.#restoredBy(file, how)
    const accepted = flags.filter((_, i) => flags[i - 1] === '--accept')
    if (!this.#set('backup restore on the other', [asRestored(done), accepted])) return false
    const { keys, notes, missing = [] } = done.json.data as { keys: Key[]; notes?: string[]; missing?: Key[] }
    // What went without is gone: the ledger is told so.
    for (const { name, version } of missing)
      await place.approved('key', 'compromise', `${name}#${version}`, '--reason', 'a trial')
    for (const type of made.filter((one) => !flags.includes(`${nameOf(one)}#1`)))
      cells.set(`${type}: restored there`, this.#isBack(type, keys, notes?.join() ?? ''))
    return true
  }

  /** Goes by what each refusal says, on a new token where something had changed: some can't be initialised twice. */
  async #restoredBy(file: string, how: readonly string[]): Promise<[string[], Result]> {
    const flags: string[] = []
    for (;;) {
      const done = await this.place.approved('backup', 'restore', file, ...how, ...flags)
      const more = this.#saidBy(done, flags)
      if (more.length === 0) return [flags, done]
      flags.push(...more)
      if (done.json?.error?.changed) await this.#newTokenOf(this.other)
    }
  }

  /** The flags that a refusal names, and that are not given yet. */
  #saidBy({ code, json }: Result, given: readonly string[]): string[] {
    if (code === 0) return []
    const error = json?.error
    const said = [...`${error?.hint}`.matchAll(/(--accept|--without) '?([\w/#-]+)/g)].filter(
      ([, , word]) => !given.includes(word!),
    )
    const names = said.flatMap(([, flag, word]) => (flag === '--without' ? [word] : []))
    const why = `${error?.message}`.replace(/; the blank token.*/, '')
    for (const type of KEY_TYPES)
      if (names.includes(`${nameOf(type)}#1`)) this.cells.set(`${type}: restored there`, { is: 'refused', why })
    return said.flatMap(([, flag, word]) => [flag!, word!])
  }

  #isBack(type: KeyType, keys: readonly Key[], notes: string): Cell {
    const name = nameOf(type)
    if (!keys.some((key) => key.name === name)) return fault('its key is missing')
    return works(notes.includes(`${name}#1`) ? 'by the host' : undefined)
  }
}

/** What was left out is missed by name, and everything else is there. */
const asRestored = (result: Result): Result =>
  result.json?.error?.code === 'RESTORE-COMPLETE' ? { ...result, code: 0 } : result
