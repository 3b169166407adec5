// Forgeries of what a CA signs: fields that don't fit each other or their hash, serial numbers that were used, lists that forget.
import { rehash } from './authority.ts'
import { type Forgery, one, set } from './bending.ts'
import type { Change } from './ledger.ts'

/** Other fields, and the hash of these. */
const refitted =
  (change: Change): Change =>
  (plan, writer) => {
    change(plan, writer)
    rehash(plan as never)
  }

const certificate = (members: object): Change => refitted(({ certificate }) => void Object.assign(certificate, members))
const list = (members: object): Change => refitted(({ crl }) => void Object.assign(crl, members))
const revoked = (change: (entries: Record<string, unknown>[]) => void): Change =>
  refitted(({ crl }) => change(crl.revoked))

export const authority: Forgery[] = [
  one('PLAN-COMPLETE', 'a certificate by a secret key', 'plan:issue', (plan, story) => {
    plan.keys = [
      [...(story as never as { keys: Map<string, Record<string, unknown>> }).keys.values()].find(
        (key) => key.class === 'secret' && key.state === 'active',
      ),
    ]
  }),
  one('KEY-STATE', 'a list by a key that is not in use', 'plan:list', ({ keys }) => void (keys[0].state = 'suspended')),
  one('PLAN-COMPLETE', 'a hash of other bytes', 'plan:root', set({ tbs: '00'.repeat(32) })),
  one('PLAN-COMPLETE', 'a list with the hash of other bytes', 'plan:list', set({ tbs: '00'.repeat(32) })),
  one('PLAN-COMPLETE', 'a root that another issued', 'plan:root', certificate({ issuer: 'CN=Other' })),
  one('PLAN-COMPLETE', 'a root that is no CA', 'plan:root', certificate({ ca: false, keyUsage: ['cRLSign'] })),
  one('PLAN-COMPLETE', 'an algorithm that its key has not', 'plan:issue', certificate({ algorithm: 'ed25519' })),
  one('PLAN-COMPLETE', 'a CA that signs no certificates', 'plan:issue', certificate({ keyUsage: ['cRLSign'] })),
  one(
    'PLAN-COMPLETE',
    'an end before its beginning',
    'plan:issue',
    certificate({ notAfter: '2025-01-01T00:00:00.000Z' }),
  ),
  one('PLAN-COMPLETE', 'a name in another spelling', 'plan:issue', certificate({ subject: 'cn=Other' })),
  one('RECORD-SHAPE', 'a time with fractions', 'plan:issue', certificate({ notAfter: '2036-01-01T00:00:00.001Z' })),
  one('RECORD-SHAPE', 'a negative serial number', 'plan:issue', certificate({ serial: `8${'0'.repeat(39)}` })),
  one('CERT-SERIAL', 'a serial number that was used', 'plan:issue', certificate({ serial: '4a01' })),
  one(
    'PLAN-COMPLETE',
    'a list that is over before it begins',
    'plan:list',
    list({ nextUpdate: '2026-01-31T00:00:00.000Z' }),
  ),
  one(
    'RECORD-SHAPE',
    'entries out of order',
    'plan:list',
    revoked((entries) => void entries.reverse()),
  ),
  one(
    'CRL-KNOWN',
    'an entry that nobody issued',
    'plan:list',
    revoked(([first]) => void delete first!.elsewhere),
  ),
  one(
    'CRL-KNOWN',
    'an entry as of elsewhere that was issued here',
    'plan:list',
    revoked(([, last]) => void (last!.elsewhere = true)),
  ),
  one('CRL-NUMBER', 'a list with the number of one before', 'plan:list cut', list({ number: 1 })),
  one(
    'CRL-KEEPS',
    'a list that forgets',
    'plan:list cut',
    revoked((entries) => void entries.pop()),
  ),
  one(
    'CRL-KEEPS',
    'a list that says otherwise',
    'plan:list again',
    revoked(([, last]) => void (last!.reason = 'superseded')),
  ),
  one(
    'CRL-KEEPS',
    'a list that corrects another than the last',
    'plan:list again',
    revoked(([, last]) => void Object.assign(last!, { reason: 'superseded', corrects: 1 })),
  ),
  one(
    'CRL-KEEPS',
    'a list that corrects nothing',
    'plan:list again',
    revoked(([, last]) => void (last!.corrects = 2)),
  ),
  one('OUTCOME-FILES', 'a certificate without its file', 'root done', ({ artefacts }) => void artefacts.pop()),
  one('OUTCOME-RESULT', 'a list that changed something', 'list done', set({ changed: true })),
]
