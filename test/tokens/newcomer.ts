// Goes by what a refusal says, as somebody does who has never seen the token: accepts what it names, and gives what it asks for.
import type { Result } from '../support/keyrite.ts'
import { type Cell, cellOf, whyOf } from './cells.ts'
import type { Workplace } from './workplace.ts'

/** On a new token where something has changed, until it goes or the refusal names nothing new. */
export async function begin(place: Workplace): Promise<Cell> {
  const accepted: string[] = []
  let pin: string[] = []
  for (;;) {
    const result = await place.init([...pin, ...flagsOf(accepted)])
    const said = saidBy(result)
    const word = wordIn(said, accepted)
    const wantsPin = pin.length === 0 && said.includes('--so-pin-file')
    const isSpent = result.json?.error?.changed !== false
    const ends = result.code === 0 || (word === undefined && !wantsPin) || (isSpent && place.module.isSingle)
    if (ends) return saysErased(result) ? { is: 'refused', why: whyOf(result) } : cellOf(result, accepted)
    if (word !== undefined) accepted.push(word)
    else pin = place.presentPin()
    if (!isSpent) continue
    await place.newToken()
    place.clear()
  }
}

/** What can be known only then may be refused after C_InitToken, where that is said and there is a way on. */
const saysErased = ({ code, json }: Result): boolean =>
  code === 6 && /the token was initialised \(erased\)/.test(json?.error?.message) && Boolean(json.error.hint)

/** A command, again with each weakness that its refusal says can be accepted. */
export async function accepting(command: (...more: string[]) => Promise<Result>): Promise<[Result, string[]]> {
  const accepted: string[] = []
  for (;;) {
    const result = await command(...flagsOf(accepted))
    const word = wordIn(saidBy(result), accepted)
    if (result.code === 0 || word === undefined) return [result, accepted]
    accepted.push(word)
  }
}

const flagsOf = (accepted: readonly string[]): string[] => accepted.flatMap((word) => ['--accept', word])

const saidBy = ({ json }: Result): string => `${json?.error?.message} ${json?.error?.hint}`

const wordIn = (said: string, accepted: readonly string[]): string | undefined =>
  [...said.matchAll(/--accept ([a-z-]+)/g)].map(([, word]) => word!).find((word) => !accepted.includes(word))
