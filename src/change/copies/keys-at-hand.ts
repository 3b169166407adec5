// The keys whose copies a change is about: those of the ledger, and those that it has just made, which the ledger does not know yet.

import type { PlannedApp } from '../../domain/application-shapes.ts'
import type { History } from '../../domain/history.ts'
import type { Copy } from '../../domain/known-application.ts'
import { label } from '../../domain/names.ts'
import type { KeyReport } from '../../domain/shapes.ts'
import type { Place } from './steps.ts'

export class KeysAtHand {
  readonly #made: ReadonlyMap<string, KeyReport>
  /** By id the public key, of a pair. */
  readonly #ids: ReadonlyMap<string, string | undefined>

  constructor(
    readonly history: History,
    made: readonly KeyReport[] = [],
  ) {
    this.#made = new Map(made.map((key) => [label(key.name, key.version), key]))
    this.#ids = new Map([...history.keys, ...made].map(({ id, spki }) => [id, spki]))
  }

  of({ name, version }: { name: string; version: number }): KeyReport {
    return this.#made.get(label(name, version)) ?? this.history.key(name, version)!
  }

  /** Whose keys these are, of whatever time. */
  isOurs = (id: string): boolean => this.#ids.has(id)

  /** Of the pair with this id. */
  spkiOf = (id: string): string | undefined => this.#ids.get(id)

  /** Where the copies stand that the application is wished to have, and that a plan does not name. */
  othersOf({ name, copies }: PlannedApp): Place[] {
    const named = new Set(copies.map((copy) => label(copy.name, copy.version)))
    const others = [...this.copiesOf(name)].filter(([version, { wished }]) => wished && !named.has(version))
    return others.map(([, { label: as, id }]) => ({ label: as, id }))
  }

  /** What the ledger says of an application's copies. */
  copiesOf = (app: string): ReadonlyMap<string, Copy> => this.history.applications.named(app)?.copies ?? new Map()
}
