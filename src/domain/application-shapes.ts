// The shapes of what plans and records say of applications: their tokens, their PINs, and the copies of keys that they have.
import * as v from 'valibot'
import { CopyProof } from './copy-proof.ts'
import { STATION_NAME } from './names.ts'
import { Module } from './plan-shapes.ts'
import {
  AttributesShape,
  Base64url,
  CkaId,
  hexOf,
  KeyNameShape,
  Ordinal,
  ShortName,
  setOf,
  Text,
  Token,
  UsageInOrder,
} from './shapes.ts'
import { WRAP_KINDS } from './wrap-kinds.ts'

export const AppName = v.pipe(v.string(), v.regex(STATION_NAME))
export const AppId = hexOf(8)

const Holder = v.strictObject({ group: ShortName, epoch: Ordinal })

/** Derived from the shares of the groups that held the roles then (`characters` of it, where a token takes fewer), or given by an administrator. */
export const AppPin = v.variant('kind', [
  v.strictObject({
    kind: v.literal('derived'),
    generation: Ordinal,
    user: Holder,
    so: Holder,
    characters: v.optional(Ordinal),
  }),
  v.strictObject({ kind: v.literal('given') }),
])
export type AppPin = v.InferOutput<typeof AppPin>

/** `wraps`: how keys can come to its token. `recipients`: whom its PIN was sealed for. */
export const Application = v.strictObject({
  name: AppName,
  id: AppId,
  token: Token,
  pin: AppPin,
  wraps: setOf(v.picklist(WRAP_KINDS)),
  recipients: v.optional(setOf(Text)),
})
export type Application = v.InferOutput<typeof Application>

interface Version {
  name: string
  version: number
}

const isBefore = (a: Version, b: Version): boolean => (a.name === b.name ? a.version < b.version : a.name < b.name)

/** Each key version once, by name and version. */
const byVersion = <T extends v.GenericSchema<unknown, Version>>(item: T) =>
  v.pipe(
    v.array(item),
    v.check((all) => all.every((one, i) => i === 0 || isBefore(all[i - 1]!, one)), 'not in order, or one stands twice'),
  )

/** None twice, by their names. */
export const byAppName = <T extends v.GenericSchema<unknown, { name: string }>>(item: T) =>
  v.pipe(
    v.array(item),
    v.minLength(1),
    v.check(
      (all) => all.every(({ name }, i) => i === 0 || all[i - 1]!.name < name),
      'not in order, or one stands twice',
    ),
  )

/** What an application is to have of a key version. `usage`: none where the copy is to go. `certificate`: of a pair, X.509 in DER. */
export const CopyTarget = v.strictObject({
  name: KeyNameShape,
  version: Ordinal,
  label: Text,
  wished: v.boolean(),
  usage: UsageInOrder,
  certificate: v.optional(Base64url),
})
export type CopyTarget = v.InferOutput<typeof CopyTarget>
export const CopyTargets = byVersion(CopyTarget)

/** An application as plans name it. `without`: it is left out on purpose; what is wished is wished all the same. */
export const PlannedApp = v.strictObject({
  name: AppName,
  id: AppId,
  token: Text,
  module: Module,
  copies: CopyTargets,
  without: v.optional(v.literal(true)),
})
export type PlannedApp = v.InferOutput<typeof PlannedApp>

/** A copy as it was found. `attributes`: as read back, `{}` of what is not proved to be there; of a half that is not there too. */
export const CopyReport = v.strictObject({
  name: KeyNameShape,
  version: Ordinal,
  label: Text,
  id: CkaId,
  usage: UsageInOrder,
  state: v.picklist(['present', 'absent', 'unproven']),
  attributes: AttributesShape,
  proof: v.optional(CopyProof),
})
export type CopyReport = v.InferOutput<typeof CopyReport>
export const CopyReports = byVersion(CopyReport)

/** A copy that stays where its key is destroyed. */
export const LeftCopy = v.strictObject({ app: AppName, name: KeyNameShape, version: Ordinal, label: Text })
export type LeftCopy = v.InferOutput<typeof LeftCopy>
