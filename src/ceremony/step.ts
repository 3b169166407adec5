// A step of a ceremony: who acts, how long it takes, what is said, and by its kind what is done.
import * as v from 'valibot'
import { KEY_STATES } from '../domain/keys.ts'
import { distinct, KeyLabel, Length, Line, Name, Paragraph } from './shapes.ts'

/** `2.2`. A recovery within a step is `2.2/recover`: so no id has a slash. */
const Id = v.pipe(
  v.string('not a text in quotes: "2.10" is not "2.1"'),
  v.regex(/^[0-9A-Za-z][0-9A-Za-z.-]{0,15}$/, 'not an id of up to 16 letters, digits, dots and dashes'),
)

const common = {
  id: Id,
  /** The part of the ceremony that begins here, or goes on. */
  act: v.optional(Line),
  by: v.pipe(
    v.array(Name, 'not a list of roles'),
    v.minLength(1, 'empty: somebody takes every step'),
    v.check(distinct, 'a list in which one stands twice'),
  ),
  takes: Length,
  text: Paragraph,
  /** Media that lie open for it, beyond those that its command names. */
  uses: v.optional(
    v.pipe(v.array(Name), v.minLength(1, 'empty'), v.check(distinct, 'a list in which one stands twice')),
  ),
}

const Read = v.strictObject({ ...common, kind: v.literal('read') })
const Check = v.strictObject({ ...common, kind: v.literal('check') })
const Enter = v.strictObject({
  ...common,
  kind: v.literal('enter'),
  blanks: v.pipe(v.array(Name), v.minLength(1, 'empty'), v.check(distinct, 'a list in which one stands twice')),
})

/** What two people can compare. Of a plan `of` is the step whose plan it is, of a key's fingerprint the version. */
const COMPARED = ['script.code', 'tool.sha256', 'plan.code', 'key.fingerprint'] as const

const Compare = v.strictObject({
  ...common,
  kind: v.literal('compare'),
  value: v.picklist(COMPARED),
  of: v.optional(Line),
})

/** A bag is opened, or sealed; its number goes into the blank, or is held against what stands there. */
const Media = v.strictObject({
  ...common,
  kind: v.literal('media'),
  medium: Name,
  bag: v.picklist(['opened', 'sealed']),
  blank: Name,
})

/** `state`: how versions of keys have to stand afterwards. */
const Expected = v.strictObject({
  exit: v.optional(v.picklist([0, 1, 2, 3, 4, 5, 6, 130])),
  state: v.optional(v.record(KeyLabel, v.picklist(KEY_STATES))),
})

/** The words after `keyrite`, and never a shell. `quorum`: custodians present their shares. */
const Run = v.strictObject({
  ...common,
  kind: v.literal('run'),
  run: v.pipe(v.array(Paragraph, 'not a list of words'), v.minLength(1, 'empty')),
  quorum: v.optional(v.boolean('not true or false')),
  expect: v.optional(Expected),
})

/** A file whose SHA-256 goes into the journal: of this value of the site, or of the path that is typed. */
const Attach = v.strictObject({ ...common, kind: v.literal('attach'), file: v.optional(Name) })

/** So many stay with what lies open. */
const Pause = v.strictObject({
  ...common,
  kind: v.literal('pause'),
  stay: v.pipe(
    v.number('not a number'),
    v.safeInteger('not a whole number'),
    v.minValue(2, 'fewer than 2: nobody stays alone'),
    v.maxValue(99, 'more than 99'),
  ),
})

/** Whoever takes it signs the head of the journal. */
const Sign = v.strictObject({ ...common, kind: v.literal('sign') })

export const CeremonyStep = v.variant('kind', [Read, Check, Enter, Compare, Media, Run, Attach, Pause, Sign])
export type CeremonyStep = v.InferOutput<typeof CeremonyStep>

export type StepKind = CeremonyStep['kind']
export type StepOf<Kind extends StepKind> = Extract<CeremonyStep, { kind: Kind }>

const RECOVERY = '/recover'

/** What a step left open is recovered by a step of its own, by this command. */
export const recoveryOf = (id: string): string => `${id}${RECOVERY}`
export const isRecovery = (id: string): boolean => id.endsWith(RECOVERY)
/** The step of the script. */
export const withoutRecovery = (id: string): string => id.replace(RECOVERY, '')
export const RECOVERS: readonly string[] = ['partition', 'recover']

export const isCheckpoint = ([noun, verb]: readonly string[]): boolean => noun === 'audit' && verb === 'checkpoint'
