// Keys of ML-DSA that are there, and a node that verifies none: what would prove one is refused before anybody is asked, and all else goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planGeneration } from '../../src/change/operations/generate-keys.ts'
import { planRoot } from '../../src/change/operations/plan-certificate.ts'
import { checkProvable } from '../../src/change/provable.ts'
import { SamplePartition } from '../../src/docs/sample-partition.ts'
import type { KeyType } from '../../src/domain/keys.ts'
import { whyUnverified } from '../../src/domain/ml-dsa.ts'
import { parseKeyName } from '../../src/domain/names.ts'
import type { Plan } from '../../src/domain/plan.ts'
import type { CertificateProfile } from '../../src/x509/profile.ts'

const sample = new SamplePartition()
const made = (name: string, type: KeyType) => {
  const request = { name: parseKeyName(name), type, backup: true, accepted: [] }
  const plan = planGeneration(request, sample.history, sample.inputs())
  sample.carryOut(plan)
  return sample.history.key(parseKeyName(name), 1)!
}
const pq = made('sign/pq', 'ml-dsa-65')
const card = made('card', 'aes-256')

/** As far as it is asked here. */
const plan = (op: Plan['op'], ...keys: object[]) => ({ op, keys }) as unknown as Plan
const check = (asked: Plan) => () => checkProvable(asked, sample.history)

const isOld = whyUnverified('ml-dsa-65') !== undefined

test('an older node proves none', isOld ? {} : { skip: 'this node verifies ML-DSA' }, () => {
  const refused = {
    code: 'MECHANISM',
    exit: 4,
    message: /^sign\/pq#1 is ml-dsa-65, and this node does not verify ML-DSA/,
  }
  for (const asked of [plan('key.rotate', pq), plan('key.sign', pq), plan('partition.check'), plan('backup.create')])
    assert.throws(check(asked), refused)
  for (const asked of [plan('key.rotate', card), plan('audit.checkpoint')]) assert.doesNotThrow(check(asked))
})

test('one that verifies it proves all', isOld ? { skip: 'node verifies ML-DSA from 24.7 on' } : {}, () => {
  for (const asked of [plan('key.rotate', pq), plan('partition.check')]) assert.doesNotThrow(check(asked))
})

test('KEY-USAGE: it signs no certificate', () => {
  const profile = { key: { name: pq.name } } as unknown as CertificateProfile
  const refused = {
    code: 'KEY-USAGE',
    exit: 3,
    message: /^sign\/pq#1 is ml-dsa-65: certificates and lists are signed here by/,
  }
  assert.throws(() => planRoot(profile, '/srv/root.pem', sample.history, sample.inputs()), refused)
})
