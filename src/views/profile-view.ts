// What a token can do, as those who begin a partition on it are told: what they will have, what they will not, and what they put up with.
import { KEY_TYPES, type KeyType } from '../domain/keys.ts'
import { isShortPin, pinBits } from '../domain/pins.ts'
import { type Profile, type Weakness, weaknessInWords } from '../domain/profile.ts'
import { listed } from '../domain/words.ts'
import { type Field, marked } from '../terminal/text.ts'

/** `accepted`: weaknesses that are taken knowingly. */
export function profileFields({ types, pin }: Profile, accepted: readonly Weakness[] = []): Field[] {
  const made = KEY_TYPES.filter((type) => types[type]?.make === true)
  return [
    ['makes', madeInWords(made)],
    ['backups', backups(types, made)],
    ['PINs', pin === undefined ? undefined : pinsInWords(pin)],
    ...accepted.map((word): Field => ['accepts', marked(weaknessInWords(word), 'warning')]),
  ]
}

const madeInWords = (made: readonly KeyType[]) => {
  if (made.length === 0) return marked('no type of key', 'warning')
  const others = KEY_TYPES.filter((type) => !made.includes(type))
  if (others.length === 0) return 'keys of every type'
  return others.length < made.length ? `keys of every type but ${listed(others)}` : listed(made)
}

function backups(types: Profile['types'], made: readonly KeyType[]) {
  const lacking = made.flatMap((type) => {
    const { wrap } = types[type]
    return typeof wrap === 'string' ? [] : [{ type, lacks: wrap.lacks }]
  })
  const [first] = lacking
  if (first === undefined) return made.length === 0 ? 'of nothing' : 'of every key that may leave the token'
  if (lacking.length === made.length)
    return marked(`no backups are possible on this token, because ${first.lacks}`, 'warning')
  const reasons = lacking.map(({ type, lacks }) => `${type} (${lacks})`)
  return `of all but ${listed(reasons)}`
}

function pinsInWords(characters: number) {
  const text = `of ${characters} characters: ${pinBits(characters)} bits`
  return isShortPin(characters) ? marked(text, 'warning') : text
}
