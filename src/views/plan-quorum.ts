// Plans about who approves, in words: a new set of shares, and what it takes the place of.
import { recordCode } from '../domain/code.ts'
import type { Issued, QuorumReplacePlan, QuorumStagePlan, QuorumUnstagePlan } from '../domain/quorum-plans.ts'
import type { Group } from '../domain/shapes.ts'
import { type Field, marked, whole } from '../terminal/text.ts'
import { backupRuns } from './plan-keys.ts'

const groupWords = ({ name, threshold, custodians, roles, epoch }: Group): string =>
  `${name}: ${threshold} of ${custodians.length} for ${roles.join(', ')}, shares of epoch ${epoch}`

const setFields = (group: Group, issued: readonly Issued[] = []): Field[] => [
  ['group', groupWords(group)],
  ...group.custodians.map(({ name }, i): Field => ['', [name, issuedInWords(issued[i])].filter(Boolean).join(': ')]),
]

/** How a new share came to its custodian. */
function issuedInWords(one: Issued | undefined): string {
  if (!one) return ''
  return 'recipient' in one ? `sealed for ${one.recipient}` : 'read back'
}

export const stageFields = ({ group, issued }: QuorumStagePlan): Field[] => [
  ...setFields(group, issued),
  ['opens', 'nothing yet: the shares of today stay until the new ones replace them'],
]

export const unstageFields = ({ group, stage }: QuorumUnstagePlan): Field[] => [
  ...setFields(group),
  ['staged', ['by record ', whole(recordCode(stage))]],
  ['becomes', 'void: these shares will never open anything, and their epoch is not used again'],
]

export const replaceFields = ({ group, issued, stage, backup, atRisk, behind }: QuorumReplacePlan): Field[] => [
  ...setFields(group, issued),
  ['staged', stage && ['by record ', whole(recordCode(stage))]],
  ['becomes', 'what opens the token; the shares of before approve nothing any more'],
  ['backup', backup ? backupRuns(backup) : marked('NONE: a token that fails meanwhile takes its keys with it', 'bad')],
  ['at risk', atRisk && marked(`in no backup: ${atRisk.join(', ')}`, 'warning')],
  ['behind', behind && `tokens that keep PINs of earlier epochs: ${behind.join(', ')}`],
]
