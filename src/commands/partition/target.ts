// Which token a new partition gets: a blank one, the one that an interrupted beginning left, or one that is to be erased.
import { faultsIn } from '../../ceremony/slots.ts'
import { unfinishedToken } from '../../ceremony/taken-token.ts'
import { deviceFailed, refused, usage } from '../../domain/errors.ts'
import { escaped } from '../../domain/names.ts'
import { checkTakesPins } from '../../domain/pins.ts'
import type { SlotFacts } from '../../hsm/port.ts'
import type { Pending } from '../../ledger/port.ts'

export interface TargetOptions {
  slot?: number
  eraseToken?: string
}

export interface Target {
  slot: number
  /** Which SO PIN C_InitToken wants: a new one, the temporary one of before, or the present one. */
  kind: 'blank' | 'unfinished' | 'erase'
  serial: string
}

/** PIN-PAD, SHORT-PIN, LONG-PIN: nothing of a token is touched that could not have the PINs of the shares then. */
function taking({ slot, token }: SlotFacts, kind: Target['kind'], serial = ''): Target {
  checkTakesPins(token!)
  return { slot, kind, serial }
}

export function chooseTarget(
  slots: readonly SlotFacts[],
  options: TargetOptions,
  pending: Pending | undefined,
  label: string,
): Target {
  if (options.eraseToken !== undefined) return toErase(slots, options.eraseToken)
  if (pending) {
    const token = unfinishedToken(
      pending,
      slots.flatMap((slot) => slot.token ?? []),
      label,
    )
    const slot = slots.find((candidate) => candidate.token === token && token !== undefined)
    if (slot) return taking(slot, 'unfinished', token!.serial)
    if (options.slot === undefined) checkAllSeen(slots)
  }
  return blank(slots, options.slot)
}

/** TOKEN-PRESENT: what can't be read may be the token that was taken before. */
function checkAllSeen(slots: readonly SlotFacts[]): void {
  const faults = faultsIn(slots)
  if (faults === '') return
  const again = 'try again; to take another token: --slot ID'
  throw deviceFailed('TOKEN-PRESENT', `the token that was taken before is not seen${faults}`, again)
}

function toErase(slots: readonly SlotFacts[], serial: string): Target {
  const found = slots.find(({ token }) => token?.initialised && token.serial === serial)
  if (found) return taking(found, 'erase', serial)
  throw deviceFailed('TOKEN-PRESENT', `no token with serial ${serial} is there`, 'keyrite token list --module PATH')
}

/** TOKEN-BLANK: an initialised token is never taken by mistake. */
export function blank(slots: readonly SlotFacts[], wanted: number | undefined): Target {
  const list = 'keyrite token list --module PATH'
  if (wanted !== undefined) {
    const found = slots.find(({ slot }) => slot === wanted)
    if (!found?.token) throw deviceFailed('TOKEN-PRESENT', `there is no token in slot ${wanted}`, list)
    if (!found.token.initialised) return taking(found, 'blank')
    const { serial, label } = found.token
    throw refused(
      'TOKEN-BLANK',
      `the token in slot ${wanted} is initialised already: ${escaped(label)}, ${escaped(serial)}`,
      `to erase it: --erase-token ${escaped(serial)}`,
    )
  }
  const blanks = slots.filter(({ token }) => token && !token.initialised)
  if (blanks.length === 1) return taking(blanks[0]!, 'blank')
  if (blanks.length > 1) throw usage('several blank tokens are there', `--slot ${blanks[0]!.slot}`, 'TOKEN-BLANK')
  if (!slots.some(({ token }) => token)) throw deviceFailed('TOKEN-PRESENT', 'no token is there', list)
  throw refused(
    'TOKEN-BLANK',
    'every token that is there is initialised already',
    `to erase one: --erase-token SERIAL; to see them: ${list}`,
  )
}
