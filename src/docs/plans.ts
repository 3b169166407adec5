// docs/plans.md: the plan of every operation as custodians see it on the screen on which they approve it.

import type { FirstPlan } from '../domain/first-plans.ts'
import { finishesAnother, rolesOf } from '../domain/operations.ts'
import type { IntentPlan, Plan } from '../domain/plan.ts'
import { propose } from '../domain/proposal.ts'
import { inPlain } from '../terminal/render.ts'
import { initView } from '../views/init-view.ts'
import { planView } from '../views/plan-view.ts'
import { SAMPLED, type Sample, sampleOf } from './sample-plans.ts'

const INTRODUCTION = `# Plans

What custodians see before they approve, one plan of every operation, on a partition with two groups: the officers (so, recovery) and the
operators (user). Written by \`npm run docs\`; a test compares it.

A plan that some may approve from afar (\`--remote\`) says besides whom their shares are sealed for, and of which group how many may be elsewhere:

\`\`\`text
    from afar  shares for age1hut6qs0xxl0g0vudtrd2acatusegkn95hc50tg3dnx7wfxg7q5cqgfx8yg
               at most 1 of operators; whoever has the key of that recipient can read these shares
\`\`\`
`

export const plans = (): string => [INTRODUCTION, ...SAMPLED.map(chapter)].join('\n')

const chapter = (op: Plan['op']): string => {
  const { plan } = sampleOf(op)
  const isFirst = op === 'partition.init' || op === 'partition.adopt'
  const who = isFirst
    ? 'every custodian'
    : finishesAnother(plan)
      ? 'the roles of what it finishes'
      : [...new Set(rolesOf(plan))].join(', ')
  return `## ${op}\n\nApproved by: ${who}.\n\n\`\`\`text\n${shown(sampleOf(op))}\n\`\`\`\n`
}

/** As on the screen. */
export function shown({ plan, partition }: Sample): string {
  if (plan.op === 'partition.init' || plan.op === 'partition.adopt') return inPlain(initView(propose<FirstPlan>(plan)))
  return inPlain(planView(propose<IntentPlan>(plan), partition.history, partition.now))
}
