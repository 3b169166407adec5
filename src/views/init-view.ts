// A partition init as everybody sees it: first without the shares, then as the plan that each custodian approves.
import type { FirstPlan } from '../domain/first-plans.ts'
import type { Proposal } from '../domain/proposal.ts'
import type { Said } from '../domain/said.ts'
import type { Group } from '../domain/shapes.ts'
import { stationCode } from '../domain/station-request.ts'
import { type Field, fields, type Part, whole } from '../terminal/text.ts'
import { adoptedFields } from './adopted.ts'
import { ceremonyFields } from './ceremony-marks.ts'
import { type Module, moduleRuns } from './module.ts'
import { epochOf, lifetime } from './plan-view.ts'
import { profileFields } from './profile-view.ts'
import { letterFields, saidFields } from './said.ts'
import { modelOf } from './words.ts'

interface Beginning extends Said {
  op?: string
  name: string
  groups: readonly { name: string; roles: readonly string[]; threshold: number; custodians: readonly string[] }[]
  module: Module
  /** The token in words: it may have no serial yet. */
  where: string
  /** It resumes one that was interrupted. */
  resumes?: boolean
}

/** The beginning of a partition, as far as it is known before the shares are made. */
export const beginningView = ({
  op = 'partition.init',
  name,
  groups,
  module,
  where,
  resumes,
  ...said
}: Beginning): Part[] => [
  `  ${op} ${name}`,
  fields(
    [
      ['token', where],
      ['module', moduleRuns(module)],
      ...groups.map((group): Field => ['group', groupInWords(group)]),
      ['needs', READS_BACK],
      ['resumes', resumes ? RESUMES : undefined],
      ...saidFields(said),
    ],
    '    ',
  ),
]

const READS_BACK = 'every custodian reads their share back'
const RESUMES = 'an init that was interrupted: share files from it no longer work'

const groupInWords = ({ name, roles, threshold, custodians }: Beginning['groups'][number]): string =>
  `${name}: ${threshold} of ${custodians.length} (${custodians.join(', ')}) for ${roles.join(', ')}`

/** The plan that every custodian approves. */
export function initView({ plan, code }: Proposal<FirstPlan>, resumes = false): Part[] {
  const { serial, label: name } = plan.token
  return [
    `  ${plan.op} ${plan.name}`,
    fields(
      [
        ['token', `${name}  serial ${serial}`],
        ['model', modelOf(plan.token)],
        ...profileFields(plan.profile, plan.accepted),
        ['module', plan.module && moduleRuns(plan.module)],
        ...(plan.op === 'partition.adopt' ? adoptedFields(plan) : []),
        ['partition', `${plan.name}  ${plan.partition}`],
        ...plan.groups.map((group): Field => ['group', plannedGroup(group)]),
        ['needs', READS_BACK],
        ['resumes', resumes ? RESUMES : undefined],
        ['station', `${plan.station.name}, this machine; its key signs refusals`],
        ['key', whole(stationCode(plan.station.key))],
        ...ceremonyFields(plan.ceremony),
        ['expires', lifetime(plan)],
        ...saidFields(plan),
        ...letterFields(plan),
        ['code', code],
      ],
      '    ',
    ),
  ]
}

const plannedGroup = ({ custodians, epoch, ...group }: Group): string =>
  groupInWords({ ...group, custodians: custodians.map(({ name }) => name) }) + epochOf(epoch)
