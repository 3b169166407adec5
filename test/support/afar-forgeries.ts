// Forgeries of approvals from afar: shares that came sealed where no plan asked for them, or more of them than may.
import { type Forgery, one } from './bending.ts'
import type { Cast } from './cast.ts'
import { newCustody } from './custody.ts'
import type { Change, Loose } from './ledger.ts'

const REMOTE = { recipient: `age1${'q'.repeat(58)}` }

/** With a threshold of 3 one may be elsewhere. */
const wider = (cast: Cast): Cast => {
  const people = ['alice', 'bob', 'carol', 'dan']
  return { ...cast, ops: newCustody(cast.partition, { name: 'ops', roles: ['so', 'user'], threshold: 3, people }) }
}

const remote: Change = (plan) => void Object.assign(plan, { remote: REMOTE })

/** The first of those who approve have sent their shares. */
const sent =
  (count: number): Change =>
  ({ approvals }) => {
    for (const approval of approvals.slice(0, count)) approval.via = 'contribution'
  }

const afar = (rule: string, what: string, changes: Record<string, Change>): Forgery => ({
  rule,
  what,
  cast: wider,
  changes,
})

/** Breaks no rule. */
export const fromAfar = afar('none', 'one of three is elsewhere', { 'plan:generate': remote, generate: sent(1) })

export const remotes: Forgery[] = [
  afar('REMOTE-PLAN', 'a contribution that no plan asked for', { generate: sent(1) }),
  afar('REMOTE-QUORUM', 'one alone was at the terminal', { 'plan:generate': remote, generate: sent(2) }),
  afar('REMOTE-QUORUM', 'one too many, beside enough at the terminal', {
    'plan:generate': remote,
    generate: (record, writer) => {
      const all = writer.approvals({ ...record.plan, needs: record.plan.needs }, true)
      record.approvals = all.filter(({ group }: Loose) => group === 'ops')
      sent(2)(record, writer)
    },
  }),
  {
    rule: 'REMOTE-QUORUM',
    what: 'one of two is elsewhere',
    changes: { 'plan:generate': remote, generate: sent(1) },
  },
  one('REMOTE-PLAN', 'a beginning that was approved from afar', 'created', sent(1)),
  one('RECORD-SHAPE', 'a restore from afar', 'plan:restore', remote),
  one('RECORD-SHAPE', 'sealed for nobody', 'plan:generate', (plan) => void (plan.remote = {})),
  one(
    'RECORD-SHAPE',
    'sealed for no recipient',
    'plan:generate',
    (plan) => void (plan.remote = { recipient: 'age1x' }),
  ),
  one('PLAN-TIMES', 'waited with for more than a day', 'plan:generate', (plan, writer) => {
    remote(plan, writer)
    plan.expires = '2026-12-31T08:00:00.000Z'
  }),
]
