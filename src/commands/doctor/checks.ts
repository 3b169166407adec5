// The result of one check of doctor's, and the list of them: a check that throws is a problem like any other.

import { bracketed, EXIT, type KeyriteError } from '../../domain/errors.ts'
import { type Address, addressed, type Hint, keyrite, TRACED } from '../../domain/hints.ts'
import { failureFrom } from '../../domain/system-failure.ts'

type Status = 'ok' | 'warning' | 'problem' | 'skipped'

export interface Finding {
  status: Status
  found: string
  /** What to type; of everything that isn't ok. */
  hint?: Hint
  /** Of a problem: what a command would have ended with. */
  failure?: KeyriteError
}

export interface Check extends Finding {
  name: string
}

export const ok = (found: string): Finding => ({ status: 'ok', found })
export const skipped = (found: string): Finding => ({ status: 'skipped', found })
export const warning = (found: string, hint: Hint): Finding => ({ status: 'warning', found, hint })

export function problem(failure: KeyriteError): Finding {
  const { code, message, hint = hintFor(failure) } = failure
  return { status: 'problem', found: `${message} ${bracketed(code)}`, hint, failure }
}

/** Most rules come with a hint; the others get one by the kind of failure. */
function hintFor({ exit, code }: KeyriteError): Hint {
  if (exit === EXIT.verification) return keyrite('audit', 'verify')
  if (code === 'MODULE-MISSING' || code === 'MODULE-INVALID')
    return 'name the PKCS#11 library of your HSM: --module PATH'
  const isOfLibrary = exit === EXIT.device && !code.startsWith('HOST-')
  return isOfLibrary ? TRACED : keyrite('doctor', '--help')
}

/** Even a bug of ours is one line, not a stack trace. */
function thrown(error: unknown): Finding {
  const failure = failureFrom(error)
  if (failure.exit !== EXIT.bug) return problem(failure)
  return problem(failure.with({ message: `this could not be looked at: ${failure.message.split('\n')[0]}` }))
}

export class Checks {
  readonly all: Check[] = []

  /** `address`: what a command has to be told to find the same home. */
  constructor(readonly address: Address = {}) {}

  /** `of`: more of it, for what is hinted at here. */
  async look(name: string, looking: () => Finding | Promise<Finding>, of: Address = {}): Promise<Finding> {
    const { hint, ...finding } = await Promise.resolve().then(looking).catch(thrown)
    const pasted = hint && addressed(hint, { ...this.address, ...of })
    this.all.push({ name, ...finding, ...(pasted === undefined ? {} : { hint: pasted }) })
    return finding
  }
}
