// Letters that look like others: a name may be made of them that reads as another one. People are told of each that is not of the Latin alphabet.

import { once } from './once.ts'

/** Those of Latin as languages of today write it, without the signs of phonetics and of wide print; and all that is no letter and no digit. */
const usual = once(() => /[!-\u024f\u1e00-\u1eff]|[^\p{L}\p{N}]/gu)

const alphabets = once((): readonly (readonly [name: string, made: RegExp])[] => [
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Hebrew', /\p{Script=Hebrew}/u],
  ['Arabic', /\p{Script=Arabic}/u],
])

/** Each once, such as `Е U+0415 (Cyrillic)`, in the order in which they stand. */
export function otherLetters(text: string): string[] {
  return [...new Set(text.replace(usual(), ''))].map((letter) => {
    const [alphabet] = alphabets().find(([, made]) => made.test(letter)) ?? []
    const point = letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    return `${letter} U+${point}${alphabet ? ` (${alphabet})` : ''}`
  })
}
