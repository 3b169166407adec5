// What no ledger can show, and people say with their names: printed as boxes.
import type { ReportKind } from './shape.ts'

const CLOCKS =
  'the clocks of the machines were right: each time in the ledger is that of the machine that wrote the record'
const WHOLE =
  'the anchor is the one that was noted when the partition began, and the last record is not older than any checkpoint that was carried away'
const PERSONS =
  'each custodian is a person who holds that role: a name in the ledger is what was typed when the shares were made'
const HELD = 'each share was held by its custodian and by nobody else'
const HOSTS =
  'the machines on which shares were entered were trustworthy at that time: who controls one learns the secret'
const HSM =
  'the HSM is of the certified model, hardware and firmware, and in its approved mode: what stands here is what it told of itself'
const COPIES =
  'backups, earlier tokens, tokens of applications and exported files that are named here were destroyed, or are kept as they have to be'
const MEDIA = 'each backup file is where it is to be, can be read, and has the SHA-256 that stands here'
const USES = 'the applications used their copies for what they are for, and their PINs are known to nobody else'
const OUTSIDE = 'custodians did not use their shares without this program: of that there would be no record'
const REVIEW = 'somebody who approved none of these changes has reviewed this report'

export const ATTEST: { readonly [kind in ReportKind]: readonly string[] } = {
  evidence: [WHOLE, CLOCKS, PERSONS, HELD, HOSTS, OUTSIDE, HSM, MEDIA, COPIES, USES, REVIEW],
  keys: [WHOLE, CLOCKS, HSM, REVIEW],
  'dual-control': [WHOLE, CLOCKS, PERSONS, HELD, HOSTS, OUTSIDE, REVIEW],
  custodians: [WHOLE, CLOCKS, PERSONS, HELD, REVIEW],
  backups: [WHOLE, CLOCKS, MEDIA, COPIES, REVIEW],
  destruction: [WHOLE, CLOCKS, COPIES, HSM, REVIEW],
  access: [WHOLE, CLOCKS, PERSONS, HELD, HOSTS, OUTSIDE, COPIES, USES, REVIEW],
}
