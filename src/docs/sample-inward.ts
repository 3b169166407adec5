// Plans of keys that come from elsewhere, as samples.
import { planImport } from '../change/operations/import-key.ts'
import { planImportCancel, planImportRequest } from '../change/operations/request-import.ts'
import { toBase64url } from '../domain/encoding.ts'
import type { KeyName } from '../domain/names.ts'
import type { PlanOf } from '../domain/plan.ts'
import { type SamplePartition, sampleRsaKey } from './sample-partition.ts'

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
  'key.import-request': (partition: SamplePartition): PlanOf<'key.import-request'> => requestPlan(partition),
  'key.import-cancel': (partition: SamplePartition): PlanOf<'key.import-cancel'> => {
    const request = requestPlan(partition)
    const artefacts = [{ name: 'dek.request', sha256: '3d'.repeat(32), bytes: 2114 }]
    partition.carryOut(request, { artefacts, transport: toBase64url(sampleRsaKey()) }).pass(20)
    return planImportCancel(request.wanted.name as KeyName, partition.history, partition.inputs('they lost the file'))
  },
}

const requestPlan = (partition: SamplePartition): PlanOf<'key.import-request'> =>
  planImportRequest(
    {
      ...{ name: 'partner/dek' as KeyName, type: 'aes-256' as const, backup: true, accepted: [] },
      ...{ bits: 3072 as const, hash: 'sha256' as const, validFor: 7 * 24 * 3_600_000, file: '/srv/dek.request' },
    },
    partition.history,
    partition.inputs('the partner sends it'),
  )
