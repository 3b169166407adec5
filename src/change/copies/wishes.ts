// Which copies applications are to have after a change of keys: what was delivered to each, in the state that the key will have.

import type { CopyTarget, PlannedApp } from '../../domain/application-shapes.ts'
import { refused } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { usagesOf } from '../../domain/keys.ts'
import { type Copy, type KnownApplication, wishesOf } from '../../domain/known-application.ts'
import type { KeyTarget } from '../../domain/shapes.ts'

/** How each application is reached, and those that are left out on purpose. */
export interface Reaching {
  reached(app: KnownApplication): Pick<PlannedApp, 'token' | 'module'>
  without: readonly string[]
}

/** For a partition without applications. */
export const NOWHERE: Reaching = {
  without: [],
  reached({ name }) {
    throw new Error(`nothing tells how ${name} is reached`)
  },
}

type Version = Pick<KeyTarget, 'name' | 'version'>
type Standing = Version & Pick<KeyTarget, 'state' | 'published'>

/** A copy that was delivered and not withdrawn since: one of which nothing is left to do for now is to come back. */
export const holdersOf = ({ name, version }: Version, { applications }: History) =>
  applications.holding(name, version).filter(({ copy }) => copy.made.length > 0)

/** What is to become of copies, by application. */
export class Wishes {
  readonly #wishes = new Map<KnownApplication, CopyTarget[]>()

  add(app: KnownApplication, copy: CopyTarget): void {
    this.#wishes.set(app, [...(this.#wishes.get(app) ?? []), copy])
  }

  /** APP-NAMED: nobody is left out who has none of it. None where no application is concerned. */
  planned({ reached, without }: Reaching): PlannedApp[] {
    const names = [...this.#wishes.keys()].map(({ name }) => name)
    const none = without.find((name) => !names.includes(name))
    if (none !== undefined)
      throw refused('APP-NAMED', `${none} is not concerned, and can't be left out`, keyrite('app', 'list'))
    return [...this.#wishes]
      .map(([app, copies]): PlannedApp => {
        const { name, id } = app
        const left = without.includes(name) ? { without: true as const } : {}
        return { name, id, ...reached(app), copies: copies.sort(byVersion), ...left }
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}

const byVersion = (a: Version, b: Version): number =>
  a.name === b.name ? a.version - b.version : a.name < b.name ? -1 : 1

/** `apps` of a plan that may concern none. */
export const appsOf = (apps: PlannedApp[]): { apps?: PlannedApp[] } => (apps.length > 0 ? { apps } : {})

/** A copy as the key's state has it. Where nothing is left to do it goes. */
export function wishIn(
  { name, version, ...standing }: Standing,
  { made, certificate }: Pick<Copy, 'made' | 'certificate'>,
  as: string,
  processing = false,
): CopyTarget {
  const usage = usagesOf({ ...standing, usage: [...made] }, processing)
  const wished = usage.length > 0
  return { name, version, label: as, wished, usage, ...(wished && certificate ? { certificate } : {}) }
}

/** After a change of a key's state: its copies are called as they were. */
export function wishesOfState(
  target: Standing,
  history: History,
  reaching: Reaching,
  processing = false,
): PlannedApp[] {
  const wishes = new Wishes()
  for (const { app, copy } of holdersOf(target, history)) wishes.add(app, wishIn(target, copy, copy.label, processing))
  return wishes.planned(reaching)
}

/** As they are: every copy that is wished, or not proved to be gone. */
export function wishesAsTheyAre(apps: readonly KnownApplication[], reaching: Reaching): PlannedApp[] {
  const wishes = new Wishes()
  for (const app of apps) for (const wish of wishesOf(app)) wishes.add(app, wish)
  return wishes.planned(reaching)
}
