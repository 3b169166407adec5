// The machines whose records a ledger takes: each has a name and a key that the custodians approved.
import { sameJson } from './canonical.ts'
import { notVerified } from './errors.ts'
import { broughtStation, type IntentPlan } from './plan.ts'
import type { SigningKey, Station } from './shapes.ts'

/** A station that the ledger let in by the record `since`, and took out again by the record `until`. */
export interface KnownStation extends Station {
  since: number
  until?: number
}

/** This machine has asked, and its copy of the ledger may be from before the answer. */
export const NEWER_COPY =
  'if station add has let it in, take the newest ledger.jsonl and checkpoint from the machine where that was done'

export class Stations {
  readonly #all: KnownStation[] = []

  get saved(): KnownStation[] {
    return this.#all
  }

  restore(saved: Stations['saved']): void {
    this.#all.push(...saved)
  }

  /** Those whose records are taken now. */
  get present(): KnownStation[] {
    return this.#all.filter(({ until }) => until === undefined)
  }

  get all(): readonly KnownStation[] {
    return this.#all
  }

  named(name: string): KnownStation | undefined {
    return this.present.find((station) => station.name === name)
  }

  withKey({ id }: SigningKey): KnownStation | undefined {
    return this.present.find(({ key }) => key.id === id)
  }

  /** Now or ever. */
  hasKey(id: string): boolean {
    return this.#all.some(({ key }) => key.id === id)
  }

  /** STATION-NEW: a name stands for one key for ever, and what was taken out does not come back. */
  checkNew({ name, key }: Station): void {
    if (this.#all.some((known) => known.name === name))
      throw notVerified('STATION-NEW', `a station was called ${name} before`)
    if (this.hasKey(key.id)) throw notVerified('STATION-NEW', `the key of ${name} was a station's before`)
  }

  /** STATION-NEW, STATION-KEY-OWN, STATION-KNOWN, STATION-OTHER: the station that comes is new, the one that goes is there. */
  checkPlan(plan: IntentPlan, by: string, auditKeys: readonly SigningKey[]): void {
    const brought = broughtStation(plan)
    if (brought) this.checkNew(brought)
    if (auditKeys.some(({ id }) => id === brought?.key.id))
      throw notVerified('STATION-KEY-OWN', 'its station key is an audit key')
    if (plan.op === 'station.remove') this.checkGoing(plan.station, by)
  }

  add({ name, key }: Station, since: number): void {
    this.#all.push({ name, key, since })
  }

  /** STATION-KNOWN, STATION-OTHER: what goes is there, and another one says so: never is there none. */
  checkGoing(station: Station, by: string): void {
    const known = this.named(station.name)
    if (!known || !sameJson(known.key, station.key))
      throw notVerified('STATION-KNOWN', `${station.name} is no station of this partition, or has another key`)
    if (by === station.name) throw notVerified('STATION-OTHER', `${by} takes itself out`)
  }

  remove(name: string, until: number): void {
    this.named(name)!.until = until
  }

  /** A name that no station has ever had, derived from the one that is wanted. */
  suggestName(wished: string): string {
    const taken = (name: string) => this.#all.some((known) => known.name === name)
    for (let number = 1; ; number++) {
      const name = number === 1 ? wished : `${wished.slice(0, 28)}-${number}`
      if (!taken(name)) return name
    }
  }
}
