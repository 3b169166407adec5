// New components of a key: each is seen by one person, alone at a cleared screen, who writes it down and types it back; or it goes into a file of its own.
import { resolve } from 'node:path'
import { newComponents, rowsOf } from '../domain/components.ts'
import { sameBytes, utf8 } from '../domain/encoding.ts'
import { notVerified, usage } from '../domain/errors.ts'
import { secretLength } from '../domain/keys.ts'
import { loadEverything } from '../domain/lazily.ts'
import { escaped } from '../domain/names.ts'
import type { Secret } from '../domain/secret.ts'
import type { Terminal } from '../terminal/port.ts'
import {
  type ComponentPorts,
  Components,
  type ComponentsWanted,
  FLAG,
  makeRoom,
  readComponentFile,
  typed,
} from './component-entry.ts'

/** INPUT-MISSING: said before a component is made. */
export function checkWaysOut({ count, files }: ComponentsWanted, terminal: Terminal): void {
  if (files.length !== 0 && files.length !== count)
    throw usage(
      `${files.length} files are given for ${count} components`,
      'give one for each, or none: then they are shown',
    )
  if (files.length === 0 && !terminal.interactive)
    throw usage('components are shown to people, and nobody can be asked here', FLAG, 'INPUT-MISSING')
}

/** Each as random as the key that they make. */
export async function makeComponents(
  { type, count }: ComponentsWanted,
  random: (bytes: number) => Uint8Array,
): Promise<Components> {
  const components = new Components(type)
  for (const one of newComponents(count, secretLength(type)!, type, random)) await components.take(one)
  return components
}

/** Those that were written: they go again where nothing comes of the key. */
class IssuedFiles {
  readonly #paths: string[] = []

  constructor(private readonly ports: ComponentPorts) {}

  /** FILE-EXISTS, COMPONENT-KCV: it is read back by its path. */
  write(file: string, component: Secret, what: string, check: string, { name, type }: ComponentsWanted): void {
    const { quorum, terminal } = this.ports
    const path = resolve(file)
    const text = [`# ${what} of ${name}, ${type}`, `# kcv ${check}`, ...rowsOf(component), ''].join('\n')
    quorum.writeShareFile(path, utf8(text))
    this.#paths.push(path)
    using read = readComponentFile(path, type, this.ports).component
    if (!sameBytes(read.reveal(), component.reveal()))
      throw notVerified('COMPONENT-KCV', `${path} does not hold the component that was written to it`)
    terminal.say(`  ${what}: kcv ${check}, in ${file}, NOT encrypted`)
  }

  remove(): void {
    const { quorum, terminal } = this.ports
    for (const path of this.#paths.splice(0)) {
      quorum.removeShareFile(path)
      terminal.say(`  removed ${escaped(path)}: its key was not made`)
    }
  }
}

/** Each of them in turn. Where somebody gives up, what was written is gone again. */
export async function handOutComponents(
  components: Components,
  wanted: ComponentsWanted,
  ports: ComponentPorts,
): Promise<IssuedFiles> {
  const issued = new IssuedFiles(ports)
  try {
    if (wanted.files.length === 0) {
      ports.terminal.hush()
      await loadEverything()
    }
    for (const [i, component] of components.all.entries()) {
      const what = `component ${i + 1} of ${wanted.count}`
      const file = wanted.files[i]
      if (file === undefined) await showTo(component, what, components.checks.slice(0, i + 1), wanted, ports.terminal)
      else issued.write(file, component, what, components.checks[i]!, wanted)
    }
    return issued
  } catch (error) {
    issued.remove()
    throw error
  }
}

/** Until it was typed back as it is: what was written down wrong is found while it can still be seen. */
async function showTo(
  component: Secret,
  what: string,
  checks: readonly string[],
  wanted: ComponentsWanted,
  terminal: Terminal,
): Promise<void> {
  await makeRoom(what, 'whoever gets', checks.slice(0, -1), wanted, terminal)
  do await seen(component, what, checks.at(-1)!, wanted, terminal)
  while (!(await isTypedBack(component, what, terminal)))
  terminal.clear()
}

/** Whatever ends it, what was shown is not on the screen any more. */
async function seen(
  component: Secret,
  what: string,
  check: string,
  { name }: ComponentsWanted,
  terminal: Terminal,
): Promise<void> {
  terminal.clear()
  try {
    terminal.reveal([`  ${what} of ${name}:`, ...shown(component), `  kcv ${check}`, ''], FLAG)
    using _ = await terminal.askSecret('write it down with its kcv, and press enter: then it is typed back', FLAG)
  } finally {
    terminal.clear()
  }
}

const shown = (component: Secret): string[] => rowsOf(component).map((row, i) => `    row ${i + 1}   ${row}`)

async function isTypedBack(component: Secret, what: string, terminal: Terminal): Promise<boolean> {
  for (;;) {
    using read = await typed(what, component.reveal().length, terminal)
    if (sameBytes(read.reveal(), component.reveal())) return true
    const rows = rowsOf(read).flatMap((row, i) => (row === rowsOf(component)[i] ? [] : [i + 1]))
    terminal.show(`  row ${rows.join(', ')} is not as it was shown`)
    if (await terminal.choose('what was it?', SLIPS, FLAG)) return false
  }
}

const SLIPS = [
  { name: 'mistyped: type it again', value: false },
  { name: 'written down wrong: show it once more', value: true },
]
