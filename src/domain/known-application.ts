// An application as the ledger knows it: its token and PIN, what it is wished to have, and what was last proved of that.
import type { Application, CopyReport, CopyTarget } from './application-shapes.ts'
import type { CopyProof } from './copy-proof.ts'
import type { KeyType, Usage } from './keys.ts'
import type { AppRetired } from './record.ts'

/** A copy that is wished, or will be again, or whose absence was never proved. `seq`, `time`: of the record that told of it last. */
export interface Copy extends CopyTarget {
  id: string
  /** What it is for while its key is in use: as it was delivered, published or promoted. None once it is to come back no more. */
  made: readonly Usage[]
  type: KeyType
  state: CopyReport['state']
  attributes: CopyReport['attributes']
  proof?: CopyProof
  seq: number
  time: string
}

/** Of a suspended key a copy may be gone until the key is resumed. */
export const mayBeThere = ({ wished, state }: Pick<Copy, 'wished' | 'state'>): boolean => wished || state !== 'absent'

/** A token that an application had before, or that was lost with it, and what it may still hold. */
export interface FormerToken extends Pick<Application, 'token' | 'pin'> {
  until: number
  time: string
  holds: readonly { name: string; version: number; label: string }[]
}

export interface KnownApplication extends Application {
  since: number
  added: string
  /** When it got the PIN that it has. */
  given: string
  /** The library behind which its token was last, and the record of that change. */
  module: { path: string; sha256: string; seq: number; time: string }
  /** By `NAME#VERSION`, in the order of plans. */
  copies: ReadonlyMap<string, Copy>
  /** What else was on its token at the last look, in words, and that record. */
  found: readonly string[]
  looked: { seq: number; time: string } | undefined
  former: readonly FormerToken[]
  retired: { token: AppRetired['token']; seq: number; time: string } | undefined
}

/** What records have told of an application in an open change. */
export interface ToldOfApp {
  copies: Map<string, CopyReport>
  found: readonly string[]
  seq: number
  time: string
}

/** The applications of a ledger, for whoever only asks. */
export interface AppDirectory {
  live: readonly KnownApplication[]
  named(name: string): KnownApplication | undefined
  /** Where live applications have, or may have, a copy of a key version. */
  holding(name: string, version: number): { app: KnownApplication; copy: Copy }[]
}

/** A wish as plans have it. */
export const wishOf = ({ name, version, label, wished, usage, certificate }: CopyTarget): CopyTarget => ({
  name,
  version,
  label,
  wished,
  usage,
  ...(certificate === undefined ? {} : { certificate }),
})

/** Every wish of an application, and every copy whose absence is not proved. */
export const wishesOf = ({ copies }: KnownApplication): CopyTarget[] => [...copies.values()].map(wishOf)
