// Which crashes an operation can have: at each of its steps, with one of the two processes ended or both.
import type { ProbeEvent } from '../support/probe.ts'
import type { Kill, Strike } from './place.ts'
import { someOfEach } from './spread.ts'

type Manner = Pick<Kill, 'when' | 'whom'>

const MANNERS = (['before', 'after'] as const).flatMap((when) =>
  (['both', 'host', 'main'] as const).map((whom): Manner => ({ when, whom })),
)

interface Step extends ProbeEvent {
  event: ProbeEvent
  /** Whose step it is. */
  by: 'host' | 'main'
  /** The first one that has this file. */
  isFirst: boolean
  /** What the program's own files hold: how often main has changed them before. */
  phase: number
  /** Inside of a call of the module: which function that is, and the number of this step within the call. */
  inside?: { call: string; place: number }
  before?: Step
  next?: Step
}

/** Every strike, or all but those that can't leave anything else than another one does. */
export function strikesOf(events: readonly ProbeEvent[], all: boolean): { event: ProbeEvent; strike: Strike }[] {
  const possible = stepsOf(events).flatMap((step) =>
    MANNERS.filter((manner) => isPossible(manner, step)).map((manner) => ({ step, manner })),
  )
  const chosen = all ? possible : withoutRepeats(possible.filter(({ step, manner }) => isDistinct(manner, step)))
  return chosen.map(({ step, manner }) => ({ event: step.event, strike: { kill: step.number, ...manner } }))
}

interface Struck {
  step: Step
  manner: Manner
}

/** Of each place within the calls of one function; of calls that change the token; of calls that change nothing. */
const [PLACES, CHANGES, QUIET] = [1, 8, 4]

/**
 * While the program's own files stay as they are, calls of one function are repetitions: a token is probed with a key of each type, many keys are made
 * by one command. What they leave are objects, of which a recovery looks at each by itself; how many there are, none, some or all, is what the first, some and the
 * last of the calls show.
 */
const withoutRepeats = (all: readonly Struck[]): Struck[] =>
  someOfEach(
    all,
    ({ step, manner: { whom, when } }) => {
      if (step.inside) return `${step.phase} ${step.inside.call} ${step.inside.place} ${step.name} ${whom} ${when}`
      return step.by === 'host' ? `${step.phase} ${step.name} ${whom} ${when}` : `${step.number} ${whom} ${when}`
    },
    ({ step }) => {
      if (step.inside) return PLACES
      return isQuiet(step) ? QUIET : CHANGES
    },
  )

/** The disk is full at each step that wants room on it. */
export const fullDisksOf = (events: readonly ProbeEvent[]): { event: ProbeEvent; strike: Strike }[] =>
  onDisk(events)
    .filter(({ grows }) => grows)
    .map(({ event, number }) => ({ event, strike: { full: number } }))

/** Each step fails once, as a disk does that dies, or a file server that is away; and from each step that writes on nothing more can be written. */
export const sickDisksOf = (events: readonly ProbeEvent[]): { event: ProbeEvent; strike: Strike }[] =>
  onDisk(events).flatMap(({ event, number, grows }) => [
    { event, strike: { eio: number } },
    ...(grows || event.name === 'rename' ? [{ event, strike: { erofs: number } }] : []),
  ])

/** The power goes before each change of a file, before each call that follows one, and in the end. */
export function powerLossesOf(events: readonly ProbeEvent[]): { event: ProbeEvent; strike: Strike }[] {
  const outside = events.filter((event) => !isInside(event))
  const after = (i: number) => outside[i]!.path !== '' || (outside[i - 1]?.path ?? '') !== ''
  const struck = outside.filter((_, i) => after(i))
  return struck.flatMap((event) =>
    (['nothing', 'names'] as const).map((unsynced) => ({ event, strike: { power: event.number, unsynced } })),
  )
}

interface OnDisk {
  event: ProbeEvent
  /** Its number where the token's files don't count: that is another disk. */
  number: number
  /** It wants room. */
  grows: boolean
}

function onDisk(events: readonly ProbeEvent[]): OnDisk[] {
  const counted = events.filter((event) => !isInside(event))
  const grows = ({ name, path }: ProbeEvent, i: number) =>
    GROWING.has(name) || (name === 'fsync' && counted[i - 1]?.path === path && GROWING.has(counted[i - 1]!.name))
  const all = counted.map((event, i) => ({ event, number: i + 1, grows: grows(event, i) }))
  return all.filter(({ event }) => event.path !== '')
}

const GROWING = new Set(['open', 'write', 'pwrite', 'writev', 'link', 'mkdir'])

function stepsOf(events: readonly ProbeEvent[]): Step[] {
  const hosts = new Set(events.filter(({ name }) => name.startsWith('C_')).map(({ pid }) => pid))
  const paths = new Set<string>()
  let [phase, call, place] = [0, '', 0]
  const steps = events.flatMap((event): Step[] => {
    const isFirst = !paths.has(event.path)
    paths.add(event.path)
    // SoftHSM opens a file for each attribute that it sets, and locks it; only emptying it to write it anew changes something.
    if (isInside(event) && event.name === 'open' && !isFirst) return []
    const by = hosts.has(event.pid) ? 'host' : 'main'
    const step: Step = { ...event, event, isFirst, by, phase, ...(isInside(event) && { inside: { call, place } }) }
    place++
    if (event.name.startsWith('C_')) [call, place] = [event.name, 0]
    if (by === 'main') phase++
    return [step]
  })
  for (const [i, step] of steps.entries()) Object.assign(step, { before: steps[i - 1], next: steps[i + 1] })
  return steps
}

/** A file of the token, which SoftHSM writes. */
const isInside = ({ path }: ProbeEvent): boolean => path.includes('/tokens/')

/** It leaves every file and the token as they were; what is killed has lost nothing that it wrote. */
const isQuiet = ({ name, next }: Step): boolean =>
  name === 'fsync' || (name.startsWith('C_') && !(next !== undefined && isInside(next)))

/**
 * After a step is before the next one of the same process. What SoftHSM does inside of one call can be ended only with the process that does
 * it; it writes through streams, unseen, after it has emptied the file.
 */
function isPossible({ when, whom }: Manner, step: Step): boolean {
  if (isInside(step)) return whom !== 'main' && (when === 'before' || step.name === 'ftruncate')
  return when === 'before' || step.next?.by !== step.by
}

function isDistinct({ when, whom }: Manner, step: Step): boolean {
  // To the other process the call around it has failed, whatever is inside.
  if (isInside(step)) return whom === 'both' && (when === 'before' ? isOneOfMany(step) : isNew(step))
  // In between the two processes only the one that did the step may still have to tell of it.
  if (when === 'after') return step.next === undefined || whom === step.by
  const goesOn = step.before?.by === step.by
  // The host waits for a word while main is at its files: it loses nothing when it ends, and main hears of that only at the next word.
  if (step.by === 'main') return whom === 'main' ? !isQuiet(step) : !goesOn
  if (!isQuiet(step)) return true
  if (whom === 'both') return false
  const run = goesOn ? quietBefore(step) : []
  return whom === 'main' ? run.length === 0 : !run.some(({ name }) => name === step.name)
}

/** The quiet steps that come directly before it, of the same process. */
function quietBefore({ before, by }: Step): Step[] {
  return before && before.by === by && isQuiet(before) ? [before, ...quietBefore(before)] : []
}

/** The same calls come again and again, at other numbers: a third of what is inside of each time, and the last of it, are all of it in the end. */
const isOneOfMany = ({ number, next }: Step): boolean => number % 3 === 0 || next === undefined || !isInside(next)

/** SoftHSM makes the file of an object by opening it, and empties it at once. Emptied later, it is put back. */
const isNew = (step: Step): boolean =>
  step.name === 'ftruncate' && step.before?.path === step.path && step.before.name === 'open' && step.before.isFirst
