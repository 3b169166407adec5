// The end of a partition, as custodians see it before they approve it.
import { stillHolding } from '../change/end-partition.ts'
import { liveKeys } from '../change/inventory.ts'
import { recordCode } from '../domain/code.ts'
import { certificateNames } from '../domain/file-names.ts'
import type { History } from '../domain/history.ts'
import type { PlannedToken } from '../domain/member-shapes.ts'
import type { PlanOf } from '../domain/plan.ts'
import { counted, listed } from '../domain/words.ts'
import { type Field, marked, whole } from '../terminal/text.ts'
import { stillInPartition } from './held-elsewhere.ts'
import { requestInWords } from './plan-inward.ts'
import { keyInWords } from './plan-keys.ts'

/** What goes, and what stays elsewhere: nobody approves the end of a tenant for less. */
export function retirement(plan: PlanOf<'partition.retire'>, history: History): Field[] {
  const { keys, others = [], certificate, recovers, lost = false } = plan
  return [
    ['ends', marked(`the partition ${history.name}, for good: nothing follows in its ledger`, 'bad')],
    ...(lost ? lostFields(history) : []),
    ...(lost && keys.length === 0 ? [] : destroyedFields(plan, history)),
    ...others.map((other): Field => ['', `erased with it: ${other}`]),
    ...history.requests.open.map((one): Field => ['', `ends with it: the request for ${requestInWords(history)(one)}`]),
    ['resumes', recovers && ['the retirement that was interrupted, record ', whole(recordCode(recovers))]],
    ...stillInPartition(stillHolding(plan, history)),
    ['certificate', certificate && certificateNames(certificate).join(' and ')],
  ]
}

const destroyedFields = ({ keys, tokens }: PlanOf<'partition.retire'>, history: History): Field[] => [
  [
    'destroys',
    `${keys.length === 0 ? 'no key: none lives' : counted(keys.length, 'key')}, then erases ${erasedBy(tokens)}, under PINs that nobody knows`,
  ],
  // As it is now: what becomes of it stands above.
  ...keys.map((key): Field => ['', keyInWords({ ...key, state: history.key(key.name, key.version)!.state })]),
]

/** Of several members each that is there. */
const erasedBy = (tokens: readonly PlannedToken[]): string => {
  const members = tokens.flatMap(({ member }) => member ?? [])
  return members.length < 2
    ? `the token${members.length === 1 ? ` of ${members[0]}` : ''}`
    : `the tokens of ${listed(members)}`
}

const lostFields = (history: History): Field[] => [
  [
    'LOST',
    marked(
      history.members.areSeveral
        ? 'every token: nothing on them is destroyed or looked at, and they may still open with the shares'
        : 'the token: nothing on it is destroyed or looked at, and it may still open with the shares',
      'bad',
    ),
  ],
  ...liveKeys(history).map((key): Field => ['may live', keyInWords(key)]),
]
