// Policies of witnesses as C2SP tlog-policy writes them. Octets beyond ASCII mean nothing to us.
import { type KeyriteError, usage } from '../domain/errors.ts'
import { quoted } from '../domain/names.ts'
import { NOTE_TYPES, parseVerifierKey, type VerifierKey } from '../domain/vkey.ts'
import { NONE, type WitnessGroup, type WitnessPolicy } from '../domain/witness-policy.ts'

/** WITNESS-POLICY: `path` is where it was read. */
export function parseWitnessPolicy(text: string, path: string): WitnessPolicy {
  const reader = new PolicyReader(path)
  for (const [i, line] of text.split('\n').entries()) reader.take(line, i + 1)
  return reader.end()
}

class PolicyReader {
  readonly #path: string
  readonly #logs: VerifierKey[] = []
  readonly #witnesses = new Map<string, VerifierKey>()
  readonly #groups = new Map<string, WitnessGroup>()
  #quorum: string | undefined
  #line = 0

  constructor(path: string) {
    this.#path = path
  }

  take(line: string, number: number): void {
    this.#line = number
    const [what, ...words] = line.split(/[ \t]+/).filter((word) => word !== '')
    if (what === undefined || what.startsWith('#')) return
    if (what === 'log') return this.#log(words)
    if (what === 'witness') return this.#witness(words)
    if (what === 'group') return this.#group(words)
    if (what === 'quorum') return this.#quorumIs(words)
    throw this.#wrong(`${quoted(what)} is none of log, witness, group and quorum`)
  }

  end(): WitnessPolicy {
    if (this.#quorum === undefined) throw this.#wrong('no line says what the quorum is')
    return { logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum }
  }

  #log(words: readonly string[]): void {
    this.#logs.push(this.#key(words, 'log', this.#logs))
  }

  #witness([name, ...words]: readonly string[]): void {
    const key = this.#key(words, 'witness', [...this.#witnesses.values()])
    if (key.type !== NOTE_TYPES.cosignature || key.material.length !== 32)
      throw this.#wrong('a witness signs with Ed25519 here, by a key of type 4')
    this.#witnesses.set(this.#fresh(name), key)
  }

  /** The key of a line, and perhaps an address after it. */
  #key([text = '', ...more]: readonly string[], what: string, others: readonly VerifierKey[]): VerifierKey {
    const key = more.length > 1 ? undefined : parseVerifierKey(text)
    if (!key) throw this.#wrong(`the line of a ${what} has its key, as NAME+ID+KEY, and perhaps an address`)
    if (others.some(({ material }) => Buffer.from(material).equals(key.material)))
      throw this.#wrong(`two lines of a ${what} have one key`)
    return key
  }

  #group([name, least, ...members]: readonly string[]): void {
    for (const member of members) this.#known(member)
    if (new Set(members).size < members.length) throw this.#wrong('a group names nobody twice')
    const count =
      least === 'all' ? members.length : least === 'any' ? 1 : /^[1-9]\d{0,8}$/.test(least ?? '') ? Number(least) : 0
    if (members.length === 0 || count < 1 || count > members.length)
      throw this.#wrong('a group is written NAME all|any|K and its members, K from 1 to their number')
    this.#groups.set(this.#fresh(name), { least: count, members })
  }

  #quorumIs([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0 || this.#quorum !== undefined)
      throw this.#wrong('one line names the quorum')
    if (name !== NONE) this.#known(name)
    this.#quorum = name
  }

  #known(name: string): void {
    if (!this.#witnesses.has(name) && !this.#groups.has(name))
      throw this.#wrong(`${quoted(name)} is no witness, and no group, of a line before`)
  }

  #fresh(name: string | undefined): string {
    if (name === undefined || name === NONE || this.#witnesses.has(name) || this.#groups.has(name))
      throw this.#wrong('each witness and each group has a name of its own')
    return name
  }

  #wrong(why: string): KeyriteError {
    return usage(
      `${this.#path}, line ${this.#line}: ${why}`,
      'it is written as C2SP tlog-policy has it',
      'WITNESS-POLICY',
    )
  }
}
