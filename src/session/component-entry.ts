// The components of a key, typed by one person after the other, each alone at the screen, or read from files: nobody sees another's.
import { resolve } from 'node:path'
import { checkValueLike, checkValueOf, hasCheckValue, olderCheckValue } from '../domain/check-values.ts'
import { checkSound, componentOf, digitsOf, joined, ROW } from '../domain/components.ts'
import { KeyriteError, refused, usage } from '../domain/errors.ts'
import { add, type Hint } from '../domain/hints.ts'
import { type KeyType, secretLength } from '../domain/keys.ts'
import { loadEverything } from '../domain/lazily.ts'
import type { KeyName } from '../domain/names.ts'
import { checkParity, wrongParity } from '../domain/odd-parity.ts'
import type { Secret } from '../domain/secret.ts'
import type { Quorum } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'

export interface ComponentsWanted {
  /** Of the key that they make. */
  name: KeyName
  type: KeyType
  count: number
  /** What the key has to be: where that is the older value of an AES key, the components are called by theirs. */
  kcv?: string | undefined
  /** For the first ones; the others are asked for. */
  files: readonly string[]
  /** It is accepted that bytes of a DES component have even parity. */
  anyParity: boolean
}

export interface ComponentPorts {
  terminal: Terminal
  quorum: Pick<Quorum, 'readSecretFile' | 'writeShareFile' | 'removeShareFile'>
}

/** All of them with their check values, in order, and the key that they make. */
export class Components implements Disposable {
  readonly all: Secret[] = []
  readonly checks: string[] = []

  /** Of each: whether some of its bytes lack odd parity. */
  readonly #uneven: boolean[] = []

  constructor(
    readonly type: KeyType,
    readonly kcv?: string,
  ) {}

  get lackParity(): boolean {
    return this.#uneven.includes(true)
  }

  /** COMPONENT-SOUND: takes one over. */
  async take(component: Secret): Promise<string> {
    try {
      checkSound(component, this.all, this.type, numbered(this.all.length + 1))
      const check = await this.#checkOf(component.reveal())
      this.checks.push(check)
      this.#uneven.push(wrongParity(this.type, component.reveal()) !== undefined)
      this.all.push(component)
      return check
    } catch (error) {
      component[Symbol.dispose]()
      throw error
    }
  }

  async #checkOf(value: Uint8Array): Promise<string> {
    const older = this.kcv?.startsWith('ecb3:') ? olderCheckValue(this.type, value) : undefined
    return older ?? (await checkValueOf(this.type, value))
  }

  /** The last one is given back: it was another than was meant. */
  drop(): void {
    this.checks.pop()
    this.#uneven.pop()
    this.all.pop()?.[Symbol.dispose]()
  }

  /** KEY-WEAK */
  join(): Secret {
    return joined(this.all, this.type)
  }

  [Symbol.dispose](): void {
    for (const one of this.all) one[Symbol.dispose]()
  }
}

export const FLAG = add('--component-file', 'FILE')
const numbered = (number: number): string => `component ${number}`

/** INPUT-MISSING: said before anybody is asked. */
export function checkFiles({ count, files }: ComponentsWanted, terminal: Terminal): void {
  if (files.length > count) throw usage(`${files.length} files are given for ${count} components`, 'give one for each')
  if (files.length < count && !terminal.interactive)
    throw usage(
      `component ${files.length + 1} of ${count} is not given, and nobody can be asked here`,
      FLAG,
      'INPUT-MISSING',
    )
}

/** COMPONENT-...: every component, once the holder of each has said that its check value is right. */
export async function takeComponents(wanted: ComponentsWanted, ports: ComponentPorts): Promise<Components> {
  const { count, files, type, kcv } = wanted
  const { terminal } = ports
  const components = new Components(type, kcv)
  try {
    for (const file of files) await fromFile(file, components, wanted, ports)
    if (files.length < count) {
      terminal.hush()
      await loadEverything()
    }
    while (components.all.length < count) await fromPerson(components, wanted, terminal)
    return components
  } catch (error) {
    components[Symbol.dispose]()
    throw error
  }
}

/** COMPONENT-KCV, DES-PARITY */
async function fromFile(
  file: string,
  components: Components,
  { type, count, anyParity }: ComponentsWanted,
  ports: ComponentPorts,
): Promise<void> {
  const number = components.all.length + 1
  const { component, announced } = readComponentFile(file, type, ports)
  const fits = announced === undefined || (await hasCheckValue(announced, type, component.reveal()))
  const like = announced && (await checkValueLike(announced, type, component.reveal()))
  const check = await components.take(component)
  if (!anyParity) checkParity(type, component.reveal(), `the component in ${file}`)
  if (!fits)
    throw refused(
      'COMPONENT-KCV',
      `the component in ${file} has the kcv ${like || check}, and the file says ${announced}`,
      'ask whoever holds it for the right one',
    )
  ports.terminal.say(`  component ${number} of ${count}: kcv ${check}, from ${file}`)
}

/** What stands behind # is for people, but for a check value. */
export function readComponentFile(
  file: string,
  type: KeyType,
  { quorum }: ComponentPorts,
): { component: Secret; announced: string | undefined } {
  using text = quorum.readSecretFile(resolve(file), 'component file')
  const lines = linesOf(text.reveal())
  const notes = lines.filter((line) => line[0] === HASH).map((line) => Buffer.from(line).toString('latin1'))
  const digits = lines.filter((line) => line[0] !== HASH).map((line) => digitsOf(line, file))
  try {
    const component = componentOf(digits, secretLength(type)!, file)
    return { component, announced: notes.map(announcedIn).find(Boolean) }
  } finally {
    for (const line of digits) line.fill(0)
  }
}

const announcedIn = (note: string): string | undefined => /^# *kcv:? +(\S+)\s*$/i.exec(note)?.[1]?.toLowerCase()

const [HASH, NEWLINE] = [0x23, 0x0a]

/** Views, so that wiping the text wipes them. */
function linesOf(text: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let from = 0; from <= text.length; ) {
    const end = text.indexOf(NEWLINE, from)
    const to = end < 0 ? text.length : end
    lines.push(text.subarray(from, to))
    from = to + 1
  }
  return lines
}

/** Until its holder says that it is the one of the form. */
async function fromPerson(components: Components, wanted: ComponentsWanted, terminal: Terminal): Promise<void> {
  const { count, type, anyParity } = wanted
  const what = `${numbered(components.all.length + 1)} of ${count}`
  await makeRoom(what, 'whoever has', components.checks, wanted, terminal)
  for (;;) {
    const component = await typed(what, secretLength(type)!, terminal)
    const older = olderCheckValue(type, component.reveal())
    const check = await checkValueOf(type, component.reveal())
    try {
      await components.take(component)
      terminal.show(`  ${what} has the kcv ${check}${older ? `, by the older method ${older}` : ''}`)
      const isMeant = anyParity || (await hasItsParity(what, type, component, terminal))
      if (isMeant && (await terminal.choose('is that the kcv on your form?', ANSWERS, FLAG))) return terminal.clear()
      components.drop()
    } catch (error) {
      sayAgain(error, terminal)
    }
  }
}

/** A byte with even parity is a slip that no check value tells, or the component was made without: its holder says which. */
async function hasItsParity(what: string, type: KeyType, component: Secret, terminal: Terminal): Promise<boolean> {
  const wrong = wrongParity(type, component.reveal())
  if (wrong === undefined) return true
  terminal.show(`  in ${what} ${wrong}: a slip there, unless the form has it so`)
  return await terminal.choose('does the form have it so?', ANSWERS, FLAG)
}

/** Enter alone says no: a slip is what the question is there for. */
const ANSWERS = [
  { name: 'no: type it again', value: false },
  { name: 'yes', value: true },
]

/** The next person says when the one before has left the screen. */
export async function makeRoom(
  what: string,
  who: string,
  checks: readonly string[],
  { name, type, count }: ComponentsWanted,
  terminal: Terminal,
) {
  terminal.clear()
  terminal.show([
    `  ${name}, a key of ${type} in ${count} components`,
    ...checks.map((check, i) => `  ${numbered(i + 1)} of ${count}: kcv ${check}`),
    '',
  ])
  using _ = await terminal.askSecret(`${who} ${what}, press enter when you are alone at the screen:`, FLAG)
}

/** Row by row, or all of it at once; what is no row is asked for again. None of it is shown. */
export async function typed(what: string, bytes: number, terminal: Terminal): Promise<Secret> {
  const rows: Uint8Array[] = []
  const all = bytes * 2
  terminal.show(`  type ${what}: ${all} hex digits, in rows of ${ROW}; nothing of it is shown`)
  try {
    for (let at = 0; at < all; at = rows.reduce((sum, { length }) => sum + length, 0)) {
      const row = await askRow(at, all, terminal)
      if (row) rows.push(row)
      else for (const one of rows.splice(0)) one.fill(0)
    }
    return componentOf(rows, bytes, what)
  } finally {
    for (const row of rows) row.fill(0)
  }
}

/** Undefined where the row was left empty: the component begins anew. */
async function askRow(at: number, all: number, terminal: Terminal): Promise<Uint8Array | undefined> {
  const [from, to] = [at + 1, Math.min(at + ROW, all)]
  for (;;) {
    using answer = await terminal.askSecret(`digits ${from} to ${to} of ${all}:`, FLAG)
    try {
      const digits = digitsOf(answer.reveal(), 'this row')
      if (digits.length === 0 && at > 0) return undefined
      if (digits.length === to - at || digits.length === all - at) return digits
      const { length } = digits
      digits.fill(0)
      throw refused('COMPONENT-FORM', `this row has ${length} digits, and should have ${to - at}`)
    } catch (error) {
      sayAgain(
        error,
        terminal,
        at > 0 ? 'type that row again, or press enter alone to begin anew' : 'type that row again',
      )
    }
  }
}

/** What somebody mistyped is theirs to mend; anything else ends it. */
function sayAgain(error: unknown, terminal: Terminal, hint: Hint = 'type it again'): void {
  if (!(error instanceof KeyriteError) || !error.code.startsWith('COMPONENT-')) throw error
  terminal.show([`  ${error.message}`, { hint, indent: '    ' }])
}
