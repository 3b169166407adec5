// The entrance to this room: its functions as one value that satisfies the port.
import { tagRecipient } from './age-tag.ts'
import {
  applicationPin,
  backupKek,
  bridge,
  checkValue,
  derivedPin,
  groupSecret,
  kekCheck,
  matchesCheck,
  memberPin,
  openBridge,
} from './derive.ts'
import { checkPinFolder, writePin } from './handed-pin.ts'
import { verifySubsets } from './issue.ts'
import { checkPassphrase } from './passphrase.ts'
import type { Quorum } from './port.ts'
import { makeSealingKey, sealPayload } from './sealing.ts'
import { combineShares, encodeShare, makeShares, parseShare } from './share.ts'
import {
  formatShareFile,
  isForCard,
  openShareFile,
  parseRecipient,
  sealShareFile,
  shareFileProtection,
} from './share-file.ts'
import { isFirstRow, lineOf, ROWS, readRow, rowsOf } from './share-rows.ts'
import { groupsTyped } from './share-text.ts'
import {
  checkShareFolder,
  readIdentityFile,
  readKeyFile,
  readPinFile,
  readSecretFile,
  readShareFd,
  readShareFile,
  removeShareFile,
  shareFileName,
  writeShareFile,
} from './sources.ts'

export const quorum: Quorum = {
  groupSecret,
  makeShares,
  verifySubsets,
  combineShares,
  parseShare,
  groupsTyped,
  checkValue,
  matchesCheck,
  derivedPin,
  memberPin,
  applicationPin,
  backupKek,
  bridge,
  openBridge,
  kekCheck,
  makeSealingKey,
  sealPayload,
  shareRows: (share) => rowsOf(encodeShare(share)),
  isFirstRow,
  rowsOfShare: ROWS,
  readRow,
  shareOfRows: (rows) => parseShare(lineOf(rows)),
  shareFileName,
  formatShareFile,
  checkPassphrase,
  sealShareFile,
  shareFileProtection,
  openShareFile,
  parseRecipient,
  tagRecipient,
  isForCard,
  readShareFile,
  checkShareFolder,
  writeShareFile,
  removeShareFile,
  readKeyFile,
  readSecretFile,
  readPinFile,
  readIdentityFile,
  readShareFd,
  checkPinFolder,
  writePin,
}
