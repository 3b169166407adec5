// What no new key may be made for.
import { possibleUsages } from './keys.ts'
import type { KeyTarget } from './shapes.ts'

/** What is wrong with the usage of a new key. */
export function wrongUsage({ type, usage }: Pick<KeyTarget, 'type' | 'usage'>): string | undefined {
  const impossible = usage.find((one) => !possibleUsages(type).includes(one))
  if (impossible) return `${type} can't ${impossible}`
  const both = (['wrap decrypt', 'unwrap encrypt'] as const).find((pair) =>
    pair.split(' ').every((one) => (usage as string[]).includes(one)),
  )
  return both && `it may both ${both.replace(' ', ' and ')}`
}
