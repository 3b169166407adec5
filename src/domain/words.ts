// Numbers in sentences, and words that were mistyped.

/** `1 key`, `2 keys`. */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`

/** How long so many minutes are, in the unit that people say: `205, 'day'`. */
export const roughly = (minutes: number): [count: number, unit: string] =>
  minutes >= 2880
    ? [Math.floor(minutes / 1440), 'day']
    : minutes >= 120
      ? [Math.floor(minutes / 60), 'hour']
      : [minutes, 'minute']

/** ` of officers`, behind `custodians`; the only group is called that itself, unless people have named it. */
export const ofGroup = (name: string): string => (name === 'custodians' ? '' : ` of ${name}`)

const FEW = 8

/** None is left out by `listed`. */
export const isListed = (all: readonly unknown[]): boolean => all.length <= FEW + 1

/** `a, b and 198 more`. */
export const listed = (all: readonly string[]): string =>
  isListed(all) ? all.join(', ') : `${all.slice(0, FEW).join(', ')} and ${all.length - FEW} more`

/** `there is a`, `there are a and more`. */
export const thereIs = (names: readonly string[]): string =>
  `there ${names.length === 1 ? 'is' : 'are'}: ${listed(names)}`

/** The word that was meant, where one begins so or is so near: up to two slips in a longer word. Of a name with slashes its last part may be what was typed. */
export function closestMatch(typed: string, words: Iterable<string>): string | undefined {
  const all = [...new Set(words)]
  return nearestOf(typed, all, (word) => word) ?? nearestOf(typed, all, (word) => word.split('/').at(-1)!)
}

function nearestOf(typed: string, words: readonly string[], part: (word: string) => string): string | undefined {
  const wanted = typed.toLowerCase()
  const near = Math.min(2, Math.floor(typed.length / 2))
  const distances = words.map((word) => ({ word, far: distance(wanted, part(word).toLowerCase(), near) }))
  const nearest = distances.filter(({ far }) => far <= near).sort((a, b) => a.far - b.far)[0]?.word
  return nearest ?? words.find((word) => wanted.length > 1 && part(word).toLowerCase().startsWith(wanted))
}

/** `; did you mean a?`, to go behind what is wrong; nothing where none is near. */
export function orMeant(typed: string, words: Iterable<string>): string {
  const near = closestMatch(typed, words)
  return near === undefined ? '' : `; did you mean ${near}?`
}

/** How many letters are added, left out, mistaken, or have changed places with the next. */
function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1]
    for (let j = 0; j < other.length; j++) {
      const exchanged = i > 0 && j > 0 && letter === other[j - 1] && one[i - 1] === other[j]
      const so = row[j]! + (letter === other[j] ? 0 : 1)
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, so, exchanged ? before[j - 1]! + 1 : so))
    }
    before = row
    row = next
  }
  return row.at(-1)!
}
