// What a change is given, by role. Each function asks for the roles that it uses, and for no more.

import type { AppPin, PlannedApp } from '../domain/application-shapes.ts'
import type { Changes } from '../domain/changes.ts'
import type { KnownMember } from '../domain/known-member.ts'
import type { Hsm, UserSession } from '../hsm/port.ts'
import type { ApprovalCheck, Checkpoints, Ledger, PartitionLock } from '../ledger/port.ts'

/** Time and random bytes, so that a test can choose them. */
export interface HostSources {
  clock(): Date
  /** Random bytes of the host. */
  random(length: number): Uint8Array
}

/** Where what happens is written down. */
export interface Recording {
  ledger: Ledger
  checkpoints: Pick<Checkpoints, 'writeCheckpoint'>
}

/** What every change is carried out with, once its plan is approved. What an operation needs besides, it asks for itself. */
export interface Ports extends Recording {
  sources: HostSources
  hsm: Hsm
  approvals: ApprovalCheck
  /** Of a partition with several. */
  members?: MemberTokens
  lock: PartitionLock
  /** Tells the person what they should know meanwhile, one line each. */
  say(line: string): void
  /** A trial of the token's room that was cut off: it is settled once what it may have left is cleared away. */
  trial?: { isOpen(): boolean; settle(): void }
  /** From here on Ctrl-C waits until the change is finished. */
  hold(): void
  /** What has been started on a token. Once the outcome is in the ledger it is settled: a later error is about something else. */
  changes: Changes
}

/** The tokens of a partition's members, each behind its library. */
export interface MemberTokens {
  /** MEMBER-PRESENT, MEMBER-TOKEN, MODULE-CHANGED: the library behind which the token of this member is, and it is there. */
  open(member: KnownMember): Promise<Hsm>
}

/** The tokens of applications, each behind its library. A token that the ledger doesn't know gets no PIN. */
export interface Applications {
  /**
   * APP-PRESENT, MODULE-CHANGED: it is there, and is the one that the ledger names, as far as that is told without a login. Of each copy: whether what it may do
   * there could tell later that it is the key.
   */
  look(app: PlannedApp, copies?: Parameters<Hsm['provable']>[1]): Promise<boolean[]>
  /** The same, then a login with the application's PIN. */
  login(app: PlannedApp): Promise<UserSession>
  /** Its SO PIN becomes that of today's custodians. Undefined where it is, or where that can't be now. */
  follow(app: PlannedApp): Promise<AppPin | undefined>
}
