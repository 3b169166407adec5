// Plans of keys that come from elsewhere, as samples.
import { planImport } from '../change/operations/import-key.ts'
import type { KeyName } from '../domain/names.ts'
import type { PlanOf } from '../domain/plan.ts'
import type { SamplePartition } from './sample-partition.ts'

export const INWARD_PLANS = {
  'key.import': (partition: SamplePartition): PlanOf<'key.import'> => {
    const components = ['cmac5:5a3c0f9be1', 'cmac5:c07d41e2aa', 'cmac5:18e6b3f704']
    const origin = { kind: 'components' as const, components, clearOnHost: true as const }
    const request = { name: 'partner/zmk' as KeyName, type: 'aes-256' as const, backup: true, origin }
    return planImport(
      { ...request, check: 'cmac5:7d20c4a91b' },
      partition.history,
      partition.inputs('as the partner wrote'),
    )
  },
}
