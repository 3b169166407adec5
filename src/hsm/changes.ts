// What each method can leave behind on a token. The head is the ledger's: it stands for records, and is no change of its own.
import type { Change } from '../domain/changes.ts'
import type { MethodName } from './wire.ts'

/** When the module dies in one of them, this may have changed. */
export const CHANGES: Readonly<Record<MethodName, Change | null>> = {
  native: null,
  load: null,
  initialize: null,
  close: null,
  module: null,
  slots: null,
  probe: null,
  random: null,
  pinOpens: null,
  tryBlobs: null,
  login: null,
  loginWithKek: null,
  closeSession: null,
  heads: null,
  createHead: null,
  dropHeads: null,
  signAudit: null,
  scan: null,
  readKeys: null,
  countObjects: null,
  wrapKeys: null,
  initToken: 'initialised',
  setPins: 'pins',
  clearHalfMade: 'remains',
  generateAuditKey: 'keys',
  destroyStrayAuditKeys: 'keys',
  generateKeys: 'keys',
  proveKeys: 'keys',
  setUsage: 'keys',
  destroyKeys: 'keys',
  restoreKeys: 'keys',
}

/** A flag that is set for a moment, to take a check value, is back when the answer comes. */
export const leavesNothing = (method: MethodName): boolean => method === 'proveKeys'
