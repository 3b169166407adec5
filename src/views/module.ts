// The library that gets the PINs, as custodians see it.
import type { Plan } from '../domain/plan.ts'
import { type Run, whole } from '../terminal/text.ts'
import { shortDigest } from './words.ts'

export type Module = NonNullable<Plan['module']>

export const wholeDigest = (sha256: string): Run => whole(shortDigest(sha256))

export const moduleRuns = ({ path, sha256 }: Module): Run[] => [`${path}  `, wholeDigest(sha256)]
