// The plan of a manifest, on the same partition on paper: keys that are missing, one whose time has come, and a copy.
import { planManifest } from '../change/operations/apply-manifest.ts'
import { parseManifest } from '../domain/manifest.ts'
import type { ManifestPlan } from '../domain/manifest-plan.ts'
import { tokenName } from '../domain/token-address.ts'
import { withApplication } from './sample-applications.ts'
import { type SamplePartition, SOFTHSM } from './sample-partition.ts'

const MANIFEST = `
format = "keyrite.manifest/1"
[policies.dek-1m]
type = "aes-256"
rotate-every = "P1M"
publish-before = "P7D"
process-for = "P1Y"
destroy-after = "P30D"
[policies.tmk-1y]
type = "hmac-sha256"
rotate-every = "P1Y"
[keys."payments/card-dek"]
policy = "dek-1m"
deliver = ["till"]
[keys."payments/statements"]
policy = "dek-1m"
[keys."terminals/tmk"]
policy = "tmk-1y"
count = 5000
[duties]
"partition.check" = "P92D"
`

export function sampleManifest(bare: SamplePartition): ManifestPlan {
  const partition = withApplication(bare)
  const { history } = partition
  const request = { manifest: parseManifest(MANIFEST), destroys: false, accepted: [], without: [] }
  return planManifest(request, history, partition.inputs('the yearly ceremony'), {
    without: [],
    reached: ({ token }) => ({ token: tokenName(token), module: SOFTHSM }),
  })
}
