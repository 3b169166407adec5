// The files of a ceremony's record: written, and, of one that somebody brings, made anew from its journal and compared.
import { type Fault, type Given, isTaken } from '../ceremony/verify/given.ts'
import type { CeremonyContent } from '../domain/ceremony-keeping.ts'
import { sha256, toHex, utf8 } from '../domain/encoding.ts'
import { headText } from '../domain/journal.ts'
import { quoted } from '../domain/names.ts'
import { annotated, annotatedHtml } from '../views/ceremony-record.ts'
import type { CeremonyWork } from './ceremony-work.ts'

export function recordFiles({ kept, given, leaf }: CeremonyWork): Map<string, string | Uint8Array> {
  const files = new Map<string, string | Uint8Array>([
    ...madeFrom(given, leaf),
    ['script.toml', kept.script],
    ['site.toml', kept.site],
    ['journal.jsonl', kept.journalText],
  ])
  for (const { name, text } of kept.signatures) files.set(`${name}.sig`, text)
  for (const digest of attachedIn(given)) files.set(attachment(digest), kept.attachment(digest))
  return files
}

/** What follows from the journal, its script and its site file. */
const madeFrom = (given: Given, leaf: string): [name: string, text: string][] => [
  ['record.txt', annotated(given, leaf)],
  ['record.html', annotatedHtml(given, leaf)],
  ['head', headText(given.opened, leaf)],
]

const attachment = (digest: string): string => `${digest}.att`

/** SHA-256 of what commands answered, and of people's files. */
const attachedIn = ({ lines }: Pick<Given, 'lines'>): string[] =>
  lines.flatMap((line) => {
    if (!isTaken(line)) return []
    const { output, file } = line.entry
    return [output, file?.sha256].filter((digest) => digest !== undefined)
  })

/** RECORD-FILES: the manifest is nobody's word, so each file is held against what witnesses have signed. */
export function wrongFiles({ files }: CeremonyContent, given: Given): Fault[] {
  const wanted = new Map([
    ...madeFrom(given, given.lines.at(-1)!.leaf).map(([name, text]) => [name, toHex(sha256(utf8(text)))] as const),
    ...attachedIn(given).map((digest) => [attachment(digest), digest] as const),
  ])
  const wrong = [...wanted].flatMap(([name, digest]) => {
    const found = files.get(name)
    if (found === digest) return []
    return [`${quoted(name)} is ${found === undefined ? 'missing' : 'not what the journal says'}`]
  })
  const strange = [...files.keys()].filter((name) => !wanted.has(name) && !isOfEvery(name))
  return [...wrong, ...strange.map((name) => `${quoted(name)} is no file that the journal knows of`)].map(
    (message) => ({
      code: 'RECORD-FILES',
      message,
    }),
  )
}

/** These are checked in ways of their own. */
const isOfEvery = (name: string): boolean =>
  ['script.toml', 'site.toml', 'journal.jsonl'].includes(name) || name.endsWith('.sig')

/** The keys (base64) of an allowed_signers file of OpenSSH. */
export const allowedKeys = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .flatMap((line) => /(?:^|\s)(?:ssh-\S+|sk-\S+|ecdsa-\S+)\s+([A-Za-z0-9+/=]+)/.exec(line)?.[1] ?? []),
  )
