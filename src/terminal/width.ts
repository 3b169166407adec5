// The one measure of text: how many columns it takes. The tables' package is given the same one when the program is bundled.
import { stripVTControlCharacters } from 'node:util'
import measure from 'fast-string-width'

const isPlain = (text: string): boolean => /^[ -~]*$/.test(text)

/** The columns that a text takes; colours take none. */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length
  const seen = stripVTControlCharacters(text)
  return isPlain(seen) ? seen.length : measure(seen)
}

let segmenter: Intl.Segmenter | undefined

/** Made when it is first wanted: it takes as long as the rest of the start. */
function letters(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** The first letters of a text that fit; one at least. */
export function fitting(text: string, width: number): string {
  if (isPlain(text)) return text.slice(0, Math.max(1, width))
  let taken = ''
  for (const { segment } of letters(text)) {
    if (taken !== '' && widthOf(taken + segment) > width) break
    taken += segment
  }
  return taken
}
