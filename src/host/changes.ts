// What each method can leave behind on a token. The head is the ledger's: it stands for records, and is no change of its own.
import type { Change } from '../domain/changes.ts'
import type { MethodName } from './wire.ts'

interface Method {
  /** When the module dies in it, this may have changed. */
  changes?: Change
  /** What it changes is for a moment, such as a flag that is set to take a check value: with the answer all is as it was. */
  putsBack?: true
}

export const METHODS: Readonly<Record<MethodName, Method>> = {
  native: {},
  load: {},
  initialize: {},
  close: {},
  module: {},
  slots: {},
  token: {},
  probe: {},
  foresee: {},
  profile: { changes: 'keys', putsBack: true },
  random: {},
  pinOpens: {},
  tryBlobs: {},
  cardKeys: {},
  agreeOnCard: {},
  login: {},
  loginWithKek: {},
  tryExport: {},
  tryImport: {},
  loginToExport: {},
  closeSession: {},
  heads: {},
  createHead: {},
  dropHeads: {},
  signAudit: {},
  scan: {},
  readKeys: {},
  countObjects: {},
  answers: {},
  signDigest: {},
  wrapKeys: {},
  exportKeys: {},
  initToken: { changes: 'initialised' },
  setPins: { changes: 'pins' },
  setUserPin: { changes: 'pins' },
  changePin: { changes: 'pins' },
  tryAsApplication: { changes: 'keys', putsBack: true },
  clearIncompleteObjects: { changes: 'remains' },
  generateAuditKey: { changes: 'keys' },
  destroyStrayAuditKeys: { changes: 'keys' },
  createPublicHalf: { changes: 'keys' },
  generateKeys: { changes: 'keys' },
  signAs: { changes: 'keys', putsBack: true },
  proveKeys: { changes: 'keys', putsBack: true },
  setUsage: { changes: 'keys' },
  setUsages: { changes: 'keys' },
  destroyKeys: { changes: 'keys' },
  restoreKeys: { changes: 'keys' },
  makeTransport: { changes: 'keys' },
  provesTransport: {},
  takeIn: { changes: 'keys' },
  proveCopies: {},
  seatCopies: { changes: 'keys' },
  exchangeCopies: { changes: 'keys' },
  seatCertificates: { changes: 'keys' },
  destroyCopies: { changes: 'keys' },
}
