// The files of a ceremony's record.
import { headText } from '../domain/journal.ts'
import { annotated, annotatedHtml } from '../views/ceremony-record.ts'
import type { CeremonyWork } from './ceremony-work.ts'

export function recordFiles(work: CeremonyWork): Map<string, string | Uint8Array> {
  const { kept, given, leaf, lines } = work
  const files = new Map<string, string | Uint8Array>([
    ['record.txt', annotated(given, leaf)],
    ['record.html', annotatedHtml(given, leaf)],
    ['script.toml', kept.script],
    ['site.toml', kept.site],
    ['journal.jsonl', kept.journalText],
    ['head', headText(given.opened, leaf)],
  ])
  for (const { name, text } of kept.signatures) files.set(`${name}.sig`, text)
  for (const { entry } of lines) {
    if (entry.type !== 'step' && entry.type !== 'failed') continue
    for (const digest of [entry.output, entry.file?.sha256])
      if (digest !== undefined) files.set(`${digest}.att`, kept.attachment(digest))
  }
  return files
}

/** The keys (base64) of an allowed_signers file of OpenSSH. */
export const allowedKeys = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .flatMap((line) => /(?:^|\s)(?:ssh-\S+|sk-\S+|ecdsa-\S+)\s+([A-Za-z0-9+/=]+)/.exec(line)?.[1] ?? []),
  )
