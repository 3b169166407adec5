// What is shown of plans about custodians: who stays, joins and leaves, who has the new shares, and what they open.
import { difference } from '../change/operations/stage-quorum.ts'
import { recordCode } from '../domain/code.ts'
import type { History } from '../domain/history.ts'
import type { PlanOf } from '../domain/plan.ts'
import type { Issued, LastTries } from '../domain/quorum-plans.ts'
import { holderOf, isCustodian, rosterWarnings } from '../domain/roster.ts'
import { provenNeeded } from '../domain/roster-rules.ts'
import { type Group, PIN_ROLES } from '../domain/shapes.ts'
import type { Replacing } from '../domain/share-sets.ts'
import { tokenName } from '../domain/token-address.ts'
import { listed } from '../domain/words.ts'
import { type Field, marked, type Run, whole } from '../terminal/text.ts'
import { backupRuns } from './plan-keys.ts'
import { toTheMinute } from './words.ts'

const mOfN = ({ threshold, custodians }: Group): string => `${threshold} of ${custodians.length}`

const oldOf = ({ name }: { name: string }, { groups }: History): Group | undefined =>
  groups.find((one) => one.name === name)

/** The new set beside the one in force. */
function groupFields(group: Group, history: History): Field[] {
  const old = oldOf(group, history)
  const { stays, joins, leaves } = difference(old ?? group, group)
  return [
    ['group', `${group.name}, for ${group.roles.join(', ')}`],
    ['now', old && `epoch ${old.epoch}: ${mOfN(old)}`],
    ['becomes', `epoch ${group.epoch}: ${mOfN(group)}`],
    ['stays', stays.length > 0 ? stays.join(', ') : undefined],
    ['joins', joins.length > 0 ? joins.join(', ') : undefined],
    ['leaves', leaves.length > 0 ? marked(leaves.join(', '), 'warning') : undefined],
    ...rosterWarnings([group]).map((text): Field => ['mind', marked(text, 'warning')]),
  ]
}

/** Whoever is named by a recipient gets a share that this machine can't open again. */
const issuedFields = (issued: readonly Issued[]): Field[] =>
  issued.map((one, i): Field => [i === 0 ? 'new shares' : '', issuedRuns(one)])

const issuedRuns = (one: Issued): Run[] =>
  'confirmation' in one
    ? [`${one.custodian}: read back`]
    : [`${one.custodian}: not here, sealed for `, whole(one.recipient)]

export const stageFields = ({ group, issued }: PlanOf<'quorum.stage'>, history: History): Field[] => [
  ...groupFields(group, history),
  ...issuedFields(issued),
  ['opens', `nothing yet: the shares of epoch ${oldOf(group, history)?.epoch ?? '?'} count until quorum replace`],
]

export const unstageFields = ({ group, stage }: PlanOf<'quorum.unstage'>, history: History): Field[] => {
  const old = oldOf(group, history)
  return [
    ['group', `${group.name}, for ${group.roles.join(', ')}`],
    ['stays', old && setInWords(old)],
    ['gives up', setInWords(group)],
    ['staged by', ['record ', whole(recordCode(stage))]],
    ['opens', 'nothing, ever: the set that is given up; its epoch is not used again'],
  ]
}

const setInWords = (group: Group): string =>
  `epoch ${group.epoch}: ${mOfN(group)} (${group.custodians.map(({ name }) => name).join(', ')})`

export function replaceFields(plan: PlanOf<'quorum.replace'>, history: History): Field[] {
  const { group, stage, issued, backup, atRisk = [], behind = [] } = plan
  const old = oldOf(group, history)
  return [
    ...groupFields(group, history),
    ['staged by', stage && ['record ', whole(recordCode(stage))]],
    ...issuedFields(issued ?? []),
    ['confirmed', stage && confirmedInWords(group, history)],
    ...(plan.lost ? lostFields(group, behind, history, plan.lastTry) : opensFields(plan, old)),
    ['CLOSED', closedBy(plan)],
    ['backup', backup ? backupRuns(backup) : marked('NONE', 'bad')],
    ...atRisk.map(
      (label): Field => [
        'at risk',
        marked(`${label}: in no such backup, lost if the token breaks meanwhile`, 'warning'),
      ],
    ),
    [
      'behind',
      behind.length > 0 && !plan.lost ? `${behind.join(', ')}: their tokens keep PINs of earlier epochs` : undefined,
    ],
  ]
}

/** A member that is away keeps its PINs, and nothing leads from the new shares to those that are lost. */
function closedBy({ lost, group, absent = [] }: PlanOf<'quorum.replace'>): Run | undefined {
  if (!lost || !group.roles.includes('user') || absent.length === 0) return undefined
  const names = absent.map(({ member }) => member)
  const them = names.length === 1 ? 'its user PIN stays that' : 'their user PINs stay those'
  return marked(
    `${listed(names)}: ${them} of the lost shares, until another quorum replace --lost; or retire and take again`,
    'bad',
  )
}

const opensFields = ({ group }: PlanOf<'quorum.replace'>, old: Group | undefined): Field[] => [
  ['opens', `from then on the shares of epoch ${group.epoch} alone; through them also what those of before opened`],
  [
    'old shares',
    marked(
      `${old ? `any ${old.threshold} of epoch ${old.epoch}` : 'they'} go on opening the backups and copies of before: destroy them`,
      'warning',
    ),
  ],
]

/** What was under the old secret alone stays closed, and this has to be known before. */
export function lostFields(
  group: Pick<Group, 'roles' | 'epoch'> & { name: string },
  behind: readonly string[],
  history: History,
  lastTry?: LastTries,
): Field[] {
  const old = oldOf(group, history)
  const epoch = `epoch ${old?.epoch ?? '?'}`
  const { stage: staged, replacing, changingSo } = history.rosters
  const over = replacing?.plan.group.name === group.name ? replacing : undefined
  const open = over ? undefined : history.unfinished
  // What waits keeps its stage.
  const stage = replacing ? undefined : staged
  const lost = (text: string): Field => ['lost', marked(text, 'warning')]
  return [
    ['approves', marked(inTheirPlace(group, history), 'warning')],
    [
      'opens',
      `${group.roles.includes('user') ? 'the token and its keys' : 'backups from then on'}, by the shares of epoch ${group.epoch}`,
    ],
    lost(`the secret of ${group.name}, ${epoch}, for good: nothing leads to it from the new shares`),
    group.roles.includes('recovery')
      ? lost(`every backup of before${backupsInWords(history)}: none opens any more; make one as soon as this is done`)
      : ['backups', `open as before, by ${holderOf('recovery', history.groups).name}`],
    ...behind.map((app) => lost(`the user PIN of ${app}, for Keyrite: its clients go on, then app pin ${app} --new`)),
    ...history.earlierTokens.map((token) => lost(`the user PIN of the earlier token ${tokenName(token)}`)),
    ...lastTryFields(lastTry),
    ['so PIN', changingSo && soFirst(changingSo)],
    ['waits', open && `${open.plan.op} of record ${open.seq}, which was interrupted: partition recover comes next`],
    [
      'gives up',
      over
        ? `shares of ${group.name}, ${epochOf(over.plan.group)}: their replacement, which record ${over.seq} began, ends with this`
        : stage && `shares of ${stage.plan.group.name}, ${epochOf(stage.plan.group)}, which are staged`,
    ],
    ['if found', `any ${old?.threshold ?? '?'} of the old shares open copies of before: destroy whatever turns up`],
    ['for good', 'the ledger, and quorum show, say who approved this'],
  ]
}

/** The SO sets the user PIN by one PIN that is certain. */
const soFirst = ({ seq, plan: { group } }: Replacing): string =>
  `becomes that of ${group.name}, ${epochOf(group)}, first: their replacement, which record ${seq} began, has no end`

export const lastTryFields = (lastTry: LastTries = {}): Field[] =>
  PIN_ROLES.map((role) => [
    'LAST TRY',
    lastTry[role] &&
      marked(
        `the ${role === 'so' ? 'SO' : role} PIN of the ${lastTry[role]} shares, however few tries the token has left`,
        'bad',
      ),
  ])

/** Who holds `so` can set a user PIN anew; of the backups' secret nothing is on the token, and whoever reads its keys approves too. */
function inTheirPlace({ name, roles }: Pick<Group, 'roles'> & { name: string }, { groups }: History): string {
  const so = holderOf('so', groups).name
  if (roles.includes('user')) return `${so} alone, for ${name}: their SO sets the user PIN to that of the new shares`
  const others = [...new Set([so, holderOf('user', groups).name])]
  return `${others.join(' and ')} alone, for ${name}: no PIN of the token changes`
}

const epochOf = ({ epoch }: Group): string => `epoch ${epoch}`

const backupsInWords = ({ backups }: History): string =>
  backups.length === 0 ? '' : `, ${listed(backups.map(({ file }) => file.name))}`

/** Of how many new shares it is known that they are there, before anybody approves. */
function confirmedInWords(group: Group, { rosters }: History): string {
  const isShown = ({ key }: { key: string }) => rosters.isConfirmed(key)
  const shown = group.custodians.filter(isShown).map(({ name }) => name)
  const others = group.custodians.filter((one) => !isShown(one)).map(({ name }) => name)
  const open = others.length > 0 && shown.length > 0 ? `, NOT by ${others.join(', ')}` : ''
  return `${shown.length === 0 ? 'by nobody yet' : `by ${shown.join(', ')}`}${open}; it takes ${provenNeeded(group)} of the new shares, and approving by one counts`
}

export const suspendFields = ({ custodian, until }: PlanOf<'custodian.suspend'>, history: History): Field[] => [
  ['custodian', `${custodian}, of ${groupsOf(custodian, history)}`],
  ['approves', marked(`nothing until ${toTheMinute(until)}, by the clock of the machine`, 'warning')],
  ['the share', 'works on: with others it still opens backups, and the token'],
]

export const resumeFields = ({ custodian }: PlanOf<'custodian.resume'>, history: History): Field[] => {
  const until = history.rosters.suspended(custodian, history.time)?.until
  return [
    ['custodian', `${custodian}, of ${groupsOf(custodian, history)}`],
    ['approves', `again${until === undefined ? '' : `, before ${toTheMinute(until)}`}`],
  ]
}

const groupsOf = (custodian: string, { groups }: History): string =>
  groups
    .filter((group) => isCustodian(custodian, [group]))
    .map(({ name }) => name)
    .join(' and ')
