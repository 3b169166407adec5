// A Tab: completes the input as far as there is only one way to go on, and otherwise shows the ways.
import type { Line } from './line.ts'
import type { Completion } from './port.ts'

/** As far as all ways have the same letters; where that leads no further, the ways. */
export function complete(line: Line, { ways }: Completion): string[] | undefined {
  const found = ways(line.text)
  const common = found.reduce(commonStart, found[0] ?? line.text)
  if (common.length > line.text.length) line.text = common
  else if (found.length > 1) return found.slice(0, MOST_WAYS).map((way) => `    ${way}`)
  return undefined
}

const MOST_WAYS = 20

function commonStart(one: string, other: string): string {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return one.slice(0, length)
}
