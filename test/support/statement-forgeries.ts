// Forgeries of what shares sign without a plan. `said:` and a step: what is signed, before the shares sign it.
import { type Forgery, one, set } from './bending.ts'
import { type Loose, NO_LEAF } from './ledger.ts'

const NO_SIGNATURE = Buffer.alloc(64).toString('base64url')

const earlier = ({ challenge }: Loose, { leaves }: Loose): void =>
  void Object.assign(challenge, { seq: 1, leaf: leaves[1] })

export const statements: Forgery[] = [
  one('STATEMENT-SIGNED', 'no signature', 'drill', ({ proof }) => void (proof.value = NO_SIGNATURE)),
  one('STATEMENT-SIGNED', 'one of an earlier drill', 'round 1 drill', ({ proof }, { lines }) => {
    proof.value = [...lines]
      .map((line) => JSON.parse(line).record)
      .find((record) => record.type === 'drill').proof.value
  }),
  one('STATEMENT-SIGNED', 'a drill that is told as an acknowledgement', 'drill', (record) => {
    Object.assign(record, { type: 'custodian.acknowledged', form: { name: 'x', sha256: 'ab'.repeat(32), bytes: 1 } })
  }),
  one('STATEMENT-SIGNED', 'another form', 'acknowledge', ({ form }) => void (form.sha256 = 'cd'.repeat(32))),
  one('STATEMENT-SIGNED', 'another day', 'depart', set({ on: '2027-01-01' })),
  one('STATEMENT-SIGNED', 'another bag', 'seal', set({ bag: '4712' })),
  one(
    'STATEMENT-SIGNED',
    'the second of two signatures',
    'seal',
    ({ signed }) => void (signed[1].value = NO_SIGNATURE),
  ),
  one('STATEMENT-CHALLENGE', 'a record that is not there yet', 'said:drill', ({ challenge }) => void challenge.seq++),
  one('STATEMENT-CHALLENGE', 'another record of that number', 'said:drill', ({ challenge }) => {
    challenge.leaf = NO_LEAF
  }),
  one('STATEMENT-CHALLENGE', 'an acknowledgement over an earlier record', 'said:acknowledge', earlier),
  one('STATEMENT-CHALLENGE', 'a bag that was told of long ago', 'said:seal', earlier),
  one('STATEMENT-CHALLENGE', 'a departure that was told of long ago', 'said:depart', earlier),
  one('APPROVER-CURRENT', 'another epoch', 'drill', ({ proof }) => void (proof.epoch = 2)),
  one('APPROVER-CURRENT', 'another group', 'drill', ({ proof }) => void (proof.group = 'ops')),
  one('APPROVER-CURRENT', 'another name', 'drill', ({ proof }) => void (proof.custodian = 'erin')),
  one('APPROVER-CURRENT', 'one signs in the name of another', 'seal', ({ signed }) => {
    signed[0].custodian = 'dora'
  }),
  one('APPROVER-DISTINCT', 'one signs twice', 'seal', ({ signed }) => void (signed[1] = signed[0])),
  one('STATEMENT-OTHERS', 'one alone signs', 'seal', ({ signed }) => void signed.pop()),
  one('STATEMENT-OTHERS', 'somebody is among those who sign', 'said:depart', set({ custodian: 'bob' })),
  one(
    'STATEMENT-OTHERS',
    'the holder is among those who sign',
    'said:open',
    ({ share }) => void (share.custodian = 'carol'),
  ),
  one('CUSTODIAN-KNOWN', 'nobody leaves', 'said:depart', set({ custodian: 'mallory' })),
  one('CUSTODIAN-KNOWN', 'a share of an epoch that has not come', 'said:seal', ({ share }) => void share.epoch++),
  one('CUSTODIAN-KNOWN', 'a share of another group', 'said:open', ({ share }) => {
    Object.assign(share, { custodian: 'erin' })
  }),
  one('CUSTODY-TOLD', 'sealed into no bag', 'said:seal', (said) => void delete said.bag),
  one('CUSTODY-TOLD', 'taken out, and in a bag', 'said:open', set({ bag: '4711' })),
  {
    rule: 'CUSTODY-TOLD',
    what: 'taken out after it was destroyed',
    changes: {
      'said:seal': (said) => {
        said.state = 'destroyed'
        delete said.bag
      },
      'said:open': () => {},
    },
  },
  one('RECORD-SHAPE', 'nobody', 'drill', (record) => void delete record.proof),
  one('RECORD-SHAPE', 'a day that does not exist', 'depart', set({ on: '2026-02-30' })),
  one('RECORD-SHAPE', 'three sign', 'depart', ({ signed }) => void signed.push(signed[0])),
  one('RECORD-SHAPE', 'a form without a byte', 'acknowledge', ({ form }) => void (form.bytes = 0)),
]
