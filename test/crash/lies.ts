// A module that isn't killed but sick: each call in turn answers an error once, or several reads in a row do, and each call that
// changes something is in turn said to be done and isn't.
import type { ProbeEvent } from '../support/probe.ts'
import type { SickModule } from './place.ts'
import { someOfEach } from './spread.ts'

export interface Sickness {
  event: ProbeEvent
  strike: SickModule
}

/** In turn: that the device is ill has several names. */
const ERRORS = ['CKR_FUNCTION_FAILED', 'CKR_DEVICE_ERROR', 'CKR_GENERAL_ERROR']

/** What has an effect on a token; a login has none, and is no proof of one. */
const EFFECTS =
  'C_InitToken,C_InitPIN,C_SetPIN,C_CreateObject,C_CopyObject,C_DestroyObject,C_SetAttributeValue,C_GenerateKey,C_GenerateKeyPair,C_UnwrapKey,C_DeriveKey'

/** Where one read fails others are tried: a device that is ill for longer fails these too. */
const READS = 'C_GetAttributeValue,C_FindObjects'
const SPELL = 4

/** Of calls to one function, in one operation; those between them differ little. The first and the last are always among them. */
const HICCUPS = 4
const SPELLS = 2
const LIES = 24

export function sicknessesOf(events: readonly ProbeEvent[], all: boolean): Sickness[] {
  const calls = events.filter(({ name }) => name.startsWith('C_'))
  const turns = (functions: string) => numbered(calls.filter(({ name }) => functions.split(',').includes(name)))
  const some = (turns: Turn[], most: number) => (all ? turns : spread(turns, most))
  return [
    ...some(numbered(calls), HICCUPS).map(hiccup),
    ...some(turns(READS), SPELLS).map(spell),
    ...some(turns(EFFECTS), LIES).map(lie),
  ]
}

/** A function is broken, the device is gone, a call has no end: each at some calls of each function. */
export function failuresOf(events: readonly ProbeEvent[], all: boolean): Sickness[] {
  const calls = numbered(events.filter(({ name }) => name.startsWith('C_')))
  const some = (most: number) => (all ? calls : spread(calls, most))
  return [
    ...some(2).map(({ event, turn }) => {
      const nth = calls.filter((call) => call.event.name === event.name && call.turn <= turn).length
      return sick(event, 'broken', `${event.name} ${nth}.. return ${ERRORS[turn % ERRORS.length]!}`)
    }),
    ...some(3).map(({ event, turn }) => sick(event, 'removed', `* ${turn}.. return CKR_DEVICE_REMOVED`)),
    ...some(1).map(({ event, turn }) => sick(event, 'hang', `* ${turn} hang`)),
  ]
}

const sick = (event: ProbeEvent, manner: SickModule['manner'], line: string): Sickness => ({
  event,
  strike: { manner, script: [line] },
})

/** A call, and the how manieth of its kind it is. */
interface Turn {
  event: ProbeEvent
  turn: number
}

const numbered = (events: readonly ProbeEvent[]): Turn[] => events.map((event, i) => ({ event, turn: i + 1 }))

const spread = (turns: readonly Turn[], most: number): Turn[] =>
  someOfEach(
    turns,
    ({ event }) => event.name,
    () => most,
  )

const hiccup = ({ event, turn }: Turn): Sickness => {
  const error = ERRORS[turn % ERRORS.length]!
  return { event, strike: { manner: 'hiccup', script: [`* ${turn} return ${error}`] } }
}

const spell = ({ event, turn }: Turn): Sickness => {
  const error = ERRORS[turn % ERRORS.length]!
  return { event, strike: { manner: 'spell', script: [`${READS} ${turn}..${turn + SPELL - 1} return ${error}`] } }
}

const lie = ({ event, turn }: Turn): Sickness => ({
  event,
  strike: { manner: 'liar', script: [`${EFFECTS} ${turn} nothing`] },
})
