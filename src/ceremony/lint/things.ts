// What there is by a step besides keys, as far as a script tells of it: applications, shares that are staged, backups, blank tokens.

/** By its kind: what is said where a thing is lacking, and where it is there already. `since`: the step that has left it. */
const KINDS = {
  application: {
    lacking: (name) => `there is no application ${name} by then`,
    present: (name) => `there is an application ${name} by then`,
  },
  backup: {
    lacking: (file) => `${file} is no backup of this partition by then`,
    present: (file) => `${file} is there by then`,
  },
  certificate: {
    lacking: () => 'no key of this partition has a certificate by then: a root is signed, or a request written, before',
    present: () => 'a key has a certificate by then',
  },
  copy: {
    lacking: (copy) => `no application has a copy of ${copy} by then`,
    present: (copy) => `an application has a copy of ${copy} by then`,
  },
  'copy to come': {
    lacking: (copy) => `${copy} is there`,
    present: (copy) => `nothing proves that there is ${copy} by then: who reads there could not read what others write`,
  },
  custodian: {
    lacking: (who, since) =>
      since === undefined ? `${who} is no custodian by then` : `${who} has left in step ${since} already`,
    present: (who, since) =>
      since === undefined ? `${who} is a custodian by then` : `${who} has joined in step ${since} already`,
  },
  export: {
    lacking: (key) => `${key} went nowhere by then`,
    present: (key) => `${key} went out by then: whoever has it gets the next version first, by key publish`,
  },
  'export to come': {
    lacking: (key) => `${key} is there`,
    present: (key) =>
      `${key} did not go out by then, and the version before it did: who has that could not read what others write`,
  },
  'given PIN': {
    lacking: (name) => `the PIN of ${name} is that of the custodians`,
    present: (name) => `the PIN of ${name} is given by the administrator of its token`,
  },
  'key at risk': {
    lacking: (key) => `the newest backup holds ${key}`,
    present: (key) => `the newest backup lacks ${key} by then`,
  },
  'key that is lost': {
    lacking: (key) => `${key} is on the token by then`,
    present: (key) => `${key} is not on the token by then: the last restore did not bring it`,
  },
  member: {
    lacking: (name) => `there is no member ${name} by then`,
    present: (name) => `there is a member ${name} by then`,
  },
  'member behind': {
    lacking: (name) => `the member ${name} has missed no change by then`,
    present: (name) => `the member ${name} may lack what a change made by then: member sync comes first`,
  },
  request: {
    lacking: (key) => `nobody was asked for ${key} by then`,
    present: (key) => `${key} is asked for by then`,
  },
  'request that is over': {
    lacking: (key) => `the time for ${key} to come in is not over`,
    present: (key) => `the time for ${key} to come in is over: it is asked for anew`,
  },
  serial: {
    lacking: (serial) => `no certificate has the serial number ${serial} by then`,
    present: (serial) => `a certificate has the serial number ${serial} by then`,
  },
  'share that is gone': {
    lacking: (who) => `the share of ${who} is there by then`,
    present: (who) => `the share of ${who} is recorded as destroyed by then`,
  },
  stage: {
    lacking: () => 'no shares are staged by then',
    present: (_, since) => `shares are staged${since === undefined ? '' : ` since step ${since}`}: they come first`,
  },
  station: {
    lacking: (name) => `there is no station ${name} by then`,
    present: (name) => `there is a station ${name} by then`,
  },
  'station name': {
    lacking: (name) => `no station was ever called ${name} by then`,
    present: (name) => `there is a station ${name} by then, or was one`,
  },
  suspension: {
    lacking: (who) => `${who} is not suspended by then`,
    present: (who) => `${who} is suspended by then`,
  },
  'taken token': {
    lacking: (place) => `the token in ${slotIn(place)} is blank by then`,
    present: (place, since) => `step ${since} has taken the blank token in ${slotIn(place)} already`,
  },
} as const satisfies {
  readonly [kind: string]: {
    lacking(name: string, since: string | undefined): string
    present(name: string, since: string | undefined): string
  }
}
export type Kind = keyof typeof KINDS

/** The library is not told of. */
const slotIn = (place: string): string => place.split(' ').slice(0, 2).join(' ')

/** A value of a site that is not known: of a file it is the name that steps have for it, and of all else nobody knows whose. */
const isOfTheDay = (kind: Kind, name: string): boolean =>
  name.startsWith('{') && kind !== 'backup' && kind !== 'taken token'

interface Known {
  isThere: boolean
  /** The step that made it so, where one did. */
  since?: string
}

export class Things {
  readonly #known = new Map<Kind, Map<string, Known>>()
  /** Of these kinds there is nothing but what is known. */
  readonly #whole = new Set<Kind>()

  copy(): Things {
    const copied = new Things()
    for (const [kind, known] of this.#known) copied.#known.set(kind, new Map(known))
    for (const kind of this.#whole) copied.#whole.add(kind)
    return copied
  }

  /** A partition begins: of nothing there is any. A token stays taken. */
  begin(): void {
    for (const kind of Object.keys(KINDS) as Kind[]) {
      if (kind === 'taken token') continue
      this.#known.delete(kind)
      this.#whole.add(kind)
    }
  }

  /** These are there, and no others of their kind. */
  tell(kind: Kind, names: readonly string[]): void {
    this.#whole.add(kind)
    for (const name of names) this.set(kind, name, true)
  }

  /** The ledger may tell of others from now on. */
  forget(kind: Kind): void {
    this.#known.delete(kind)
    this.#whole.delete(kind)
  }

  set(kind: Kind, name: string, isThere: boolean, since?: string): void {
    const known = this.#known.get(kind) ?? new Map<string, Known>()
    this.#known.set(kind, known.set(name, { isThere, ...(since === undefined ? {} : { since }) }))
  }

  /** Why it can't be so. What nobody knew is so from now on: a command that needs it has found it. */
  demand(kind: Kind, name: string, isThere: boolean): string | undefined {
    const known = this.#known.get(kind)?.get(name)
    if (known === undefined && !(isThere && this.isWhole(kind) && !isOfTheDay(kind, name))) {
      this.set(kind, name, isThere)
      return undefined
    }
    if ((known?.isThere ?? false) === isThere) return undefined
    return KINDS[kind][isThere ? 'lacking' : 'present'](name, known?.since)
  }

  /** Not known to be gone. */
  mayBe = (kind: Kind, name: string): boolean => this.#known.get(kind)?.get(name)?.isThere ?? !this.isWhole(kind)

  /** Those that are known to be there. */
  named(kind: Kind): string[] {
    return [...(this.#known.get(kind) ?? [])].flatMap(([name, { isThere }]) => (isThere ? [name] : []))
  }

  /** There are no others than those that are known. */
  isWhole = (kind: Kind): boolean => this.#whole.has(kind)

  hasNone = (kind: Kind): boolean => this.isWhole(kind) && this.named(kind).length === 0
}
