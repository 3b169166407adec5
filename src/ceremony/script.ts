// The script of a ceremony, as people write and review it: roles, blanks, media and steps. Who is there, and where things lie, is the site file's.
import * as v from 'valibot'
import { shortCode } from '../domain/code.ts'
import { sha256, toHex, utf8 } from '../domain/encoding.ts'
import { KEY_STATES } from '../domain/keys.ts'
import { isReserved } from '../domain/names.ts'
import { isPeriod } from '../domain/period.ts'
import { readShape } from './read-shape.ts'
import { CustodianName, distinct, KeyLabel, Length, Line, Name } from './shapes.ts'
import { CeremonyStep, type StepOf } from './step.ts'

const SCRIPT_FORMAT = 'keyrite.ceremony/1'

/** A text alone is a role of one person. `shares`: each of these people holds a share. */
const Role = v.union(
  [
    Line,
    v.strictObject({
      about: Line,
      people: v.optional(
        v.pipe(
          v.number('not a number'),
          v.safeInteger('not a whole number'),
          v.minValue(1, 'less than 1'),
          v.maxValue(32, 'more than 32'),
        ),
      ),
      shares: v.optional(v.boolean()),
    }),
  ],
  'not a text, or {about, people, shares}',
)

const Blank = v.strictObject({
  ask: Line,
  like: v.optional(v.pipe(v.string(), v.maxLength(200, 'longer than 200 characters'))),
})

/** A text alone is a medium with nothing of ours on it. `holds`: values of the site that lie on it. `share`: the role whose share is in it. */
const Medium = v.union(
  [
    Line,
    v.strictObject({
      about: Line,
      holds: v.optional(v.pipe(v.array(Name), v.minLength(1, 'empty'))),
      share: v.optional(Name),
    }),
  ],
  'not a text, or {about, holds, share}',
)

const Requires = v.strictObject({
  /** A rehearsal of this very file was finished, and not longer ago. */
  rehearsal: v.optional(v.pipe(v.string(), v.check(isPeriod, 'not a period such as P14D'))),
  /** Roles of which nobody has both. */
  separate: v.optional(
    v.array(
      v.pipe(v.strictTuple([Name, Name], 'not two roles'), v.check(distinct, 'one role, twice')),
      'not a list of pairs',
    ),
  ),
  /** How far the host may be from the clock that is read out. */
  clock: v.optional(Length),
})

const notReserved = v.check((name: string) => !isReserved(name), 'a reserved word: choose another name')

export const CeremonyScript = v.strictObject({
  format: v.literal(SCRIPT_FORMAT, `not ${SCRIPT_FORMAT}`),
  name: v.pipe(Name, notReserved),
  version: v.pipe(
    v.number('not a number'),
    v.safeInteger('not a whole number'),
    v.minValue(1, 'less than 1'),
    v.maxValue(9999, 'more than 9999'),
  ),
  title: Line,
  partition: v.pipe(CustodianName, notReserved),
  basis: v.optional(v.array(Line)),
  requires: v.optional(Requires),
  roles: v.pipe(v.record(Name, Role), v.minEntries(1, 'empty')),
  blanks: v.optional(v.record(Name, Blank)),
  media: v.optional(v.record(Name, Medium)),
  /** The versions that the ceremony finds, and how they stand. Where this is given, there are no others. */
  begins: v.optional(v.record(KeyLabel, v.picklist(KEY_STATES))),
  steps: v.pipe(v.array(CeremonyStep, 'not a list'), v.minLength(1, 'empty'), v.maxLength(500, 'more than 500 steps')),
})
export type CeremonyScript = v.InferOutput<typeof CeremonyScript>

/** CEREMONY-SCRIPT, TOML, JSON: the script of a file. All that is wrong with its shape is told at once, in `data.problems`. */
export const parseScript = (text: string): CeremonyScript =>
  readShape<CeremonyScript>(CeremonyScript, text, 'CEREMONY-SCRIPT')

/** SHA-256 of the file that holds this text. */
const fileDigest = (text: string): Uint8Array => sha256(utf8(text))

/** The same in hex. */
export const fileSha256 = (text: string): string => toHex(fileDigest(text))

/** 100 bits of it, to be read aloud: `K7QD 9XMA 2FJT 6V1C H8RW`. */
export const scriptCode = (text: string): string => shortCode(fileDigest(text))

export interface CeremonyRole {
  about: string
  people: number
  shares: boolean
}

export interface CeremonyMedium {
  about: string
  holds: readonly string[]
  share?: string
}

/** Every role, in the order of the file. */
export const rolesOf = ({ roles }: CeremonyScript): ReadonlyMap<string, CeremonyRole> =>
  new Map(
    Object.entries(roles).map(([name, role]) =>
      typeof role === 'string'
        ? [name, { about: role, people: 1, shares: false }]
        : [name, { about: role.about, people: role.people ?? 1, shares: role.shares ?? false }],
    ),
  )

export const mediaOf = ({ media = {} }: CeremonyScript): ReadonlyMap<string, CeremonyMedium> =>
  new Map(
    Object.entries(media).map(([name, medium]) =>
      typeof medium === 'string'
        ? [name, { about: medium, holds: [] }]
        : [
            name,
            {
              about: medium.about,
              holds: medium.holds ?? [],
              ...(medium.share === undefined ? {} : { share: medium.share }),
            },
          ],
    ),
  )

/** Those who sign the head of the journal. */
export const signingRoles = ({ steps }: CeremonyScript): ReadonlySet<string> =>
  new Set(steps.flatMap((step) => (step.kind === 'sign' ? step.by : [])))

/** The step by which the partition begins. */
export const beginningIn = ({ steps }: CeremonyScript): StepOf<'run'> | undefined =>
  steps.find((step): step is StepOf<'run'> => step.kind === 'run' && isBeginning(step.run))

const isBeginning = ([noun, verb]: readonly string[]): boolean =>
  noun === 'partition' && (verb === 'init' || verb === 'adopt')
