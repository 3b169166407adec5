// The script and the site of a ceremony, as files; and the script as it can be carried out.

import { type Linted, lintScript } from '../ceremony/lint/lint.ts'
import type { Known } from '../ceremony/lint/stage.ts'
import { inOneLine, type Problem, problemText } from '../ceremony/read-shape.ts'
import { type CeremonyScript, fileSha256, parseScript, scriptCode } from '../ceremony/script.ts'
import { type CeremonySite, parseSite } from '../ceremony/site.ts'
import { EXIT, KeyriteError } from '../domain/errors.ts'
import { type Hint, keyrite } from '../domain/hints.ts'
import { quoted } from '../domain/names.ts'
import type { ParseLine } from '../domain/parsed-line.ts'
import type { Files } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'

type Texts = Pick<Files, 'readText'>

export interface ScriptFile {
  file: string
  text: string
  script: CeremonyScript
  /** Of the bytes of the file, in hex. */
  sha256: string
  code: string
}

/** FILE-MISSING, FILE-TEXT, CEREMONY-SCRIPT, TOML, JSON. */
export function readScript(file: string, files: Texts): ScriptFile {
  const text = files.readText(file)
  return {
    file,
    text,
    script: named(file, () => parseScript(text), keyrite('ceremony', 'lint', file)),
    sha256: fileSha256(text),
    code: scriptCode(text),
  }
}

interface SiteFile {
  file: string
  text: string
  site: CeremonySite
  sha256: string
}

/** FILE-MISSING, FILE-TEXT, CEREMONY-SITE, TOML, JSON. */
export function readSite(file: string, files: Texts): SiteFile {
  const text = files.readText(file)
  return { file, text, site: named(file, () => parseSite(text)), sha256: fileSha256(text) }
}

/** CEREMONY-POSSIBLE: it can be carried out, by the people of this site. What can't be is told all at once, in `data.problems`. */
export function checkPossible(
  { file, script }: ScriptFile,
  site: SiteFile | undefined,
  parseLine: ParseLine,
  known: Known = {},
): Linted {
  const linted = lintScript(script, site?.site, parseLine, known)
  const { problems } = linted
  if (problems.length === 0) return linted
  throw new KeyriteError(
    EXIT.refused,
    'CEREMONY-POSSIBLE',
    `${quoted(file)}: ${inOneLine(problems)}`,
    undefined,
    false,
    { problems },
  )
}

/** CEREMONY-POSSIBLE: of a script that is to be gone through; what is in the way is said first. */
export function checkToGoThrough(
  script: Parameters<typeof checkPossible>[0],
  site: Parameters<typeof checkPossible>[1],
  parseLine: ParseLine,
  known: Known,
  terminal: Pick<Terminal, 'say'>,
): void {
  try {
    for (const remark of checkPossible(script, site, parseLine, known).remarks) terminal.say(`  ${remark}`)
  } catch (error) {
    for (const line of problemLines(error)) terminal.say(`  ${line}`)
    throw error
  }
}

/** Each in a line of its own, where there are several. */
export function problemLines(error: unknown): string[] {
  if (!(error instanceof KeyriteError)) return []
  const { problems = [] } = (error.data ?? {}) as { problems?: Problem[] }
  return problems.length > 1 ? problems.map(problemText) : []
}

/** `hint`: how all of it is told. */
function named<T>(file: string, parse: () => T, hint?: Hint): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    throw error.with({ message: `${quoted(file)}: ${error.message}`, ...(hint === undefined ? {} : { hint }) })
  }
}
