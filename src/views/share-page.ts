// The page of a share for a sealed envelope, as HTML that asks nothing of any network: what it is, the encrypted file as a picture, and rows to type.
import { inHtml } from './html.ts'

export interface SharePage {
  partition: string
  uuid?: string
  anchor?: string
  group?: string
  epoch?: number
  custodian?: string
  threshold?: string
  bag?: string
  /** SVG of the encrypted file. */
  code?: string
  /** The share itself. */
  rows?: readonly string[]
}

/** A line to be filled in by hand, where nothing is known. */
const field = (name: string, value: string | undefined): string =>
  `<tr><th>${name}</th><td>${value === undefined ? '<span class="line"></span>' : inHtml(value)}</td></tr>`

/** One sheet, A4 or Letter: rows that are on two of them are soon apart. */
const STYLE = `@page{margin:13mm}body{font:10pt/1.3 sans-serif;margin:0;color:#000;background:#fff}@media screen{body{margin:13mm}}code{white-space:nowrap}h1{font-size:15pt;margin:0 0 2mm}p{margin:2mm 0}
th{text-align:left;padding-right:1em;vertical-align:top}table,pre,svg,.note{break-inside:avoid}.line{display:inline-block;width:52mm;height:9mm;border-bottom:1px solid #000}
svg{display:block;width:95mm;height:95mm}.side{display:flex;align-items:center;gap:8mm}pre{font:13pt/1.7 monospace;margin:2mm 0}.note{border:1px solid #000;padding:2mm}`

export function sharePage(page: SharePage): string {
  const { partition, uuid, anchor, group, epoch, custodian, threshold, bag, code, rows } = page
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Keyrite share</title><style>${STYLE}</style></head><body>
<h1>Share of a key custodian</h1>
<table>
${field('Custodian', custodian)}
${field('Partition', uuid === undefined ? partition : `${partition}, ${uuid}`)}
${field('Anchor', anchor)}
${field('Group', group)}
${field('Needed', threshold?.replace('/', ' of '))}
${field('Epoch', epoch === undefined ? undefined : `${epoch}`)}
${field('Bag', bag)}
</table>
<p class="note">One share alone is useless: it opens nothing, and tells nothing of what others open together. Keep it sealed, and apart from all others.</p>
${code === undefined ? '' : SCAN}
<div class="side">${code ?? ''}<table>
${field('Sealed on', undefined)}
${field('Custodian', undefined)}
${field('Witness', undefined)}
${field('Witness', undefined)}
</table></div>
${rows === undefined ? '' : typed(rows)}
</body></html>
`
}

const SCAN =
  '<p>The encrypted share file. Scan it into a file of its own, and present it to keyrite as it is, with its passphrase, identity or card; <code>age -d</code> opens it too (for a card, with a plugin).</p>'

const typed = (rows: readonly string[]): string =>
  `<p class="note">NOT ENCRYPTED: whoever reads these rows has the share. Type them one by one where keyrite asks for a share; the last two characters of each are its checks.</p>
<pre>${rows.map((row, i) => `${i + 1}  ${inHtml(grouped(row))}`).join('\n')}</pre>`

/** In groups of four, and the two checks apart. */
const grouped = (row: string): string => `${row.slice(0, -2).replace(/(.{4})(?=.)/g, '$1 ')}  ${row.slice(-2)}`
