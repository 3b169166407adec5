// What a manifest says otherwise than the one that it takes the place of.
import { sameJson } from './canonical.ts'
import type { Manifest } from './manifest.ts'

/** A member of a manifest, as it is from then on and as it was: one of the two may be missing. */
export interface Changed<T> {
  name: string
  now?: T
  was?: T
}

interface ManifestChanges {
  policies: Changed<Manifest['policies'][string]>[]
  keys: Changed<Manifest['keys'][string]>[]
  duties: Changed<string>[]
}

/** Members that are alike in both are left out. Without a manifest before it every member is new. */
export const manifestChanges = (now: Manifest, was: Manifest | undefined): ManifestChanges => ({
  policies: changesOf(now.policies, was?.policies),
  keys: changesOf(now.keys, was?.keys),
  duties: changesOf<string>(now.duties, was?.duties),
})

type Named<T> = Readonly<Partial<Record<string, T>>>

const changesOf = <T>(now: Named<T> = {}, was: Named<T> = {}): Changed<T>[] =>
  [...new Set([...Object.keys(now), ...Object.keys(was)])]
    .map((name): Changed<T> => ({ name, ...memberOf(now, name, 'now'), ...memberOf(was, name, 'was') }))
    .filter(({ now, was }) => !sameJson(now ?? null, was ?? null))

const memberOf = <T>(all: Named<T>, name: string, as: 'now' | 'was') =>
  Object.hasOwn(all, name) ? { [as]: all[name] } : {}
