// The people, tokens and keys of the stories that test ledgers tell.
import type { Token } from '../../src/domain/shapes.ts'
import { type Custody, newCustody, newSigner, type TestSigner } from './custody.ts'

/** A machine: its key, and what the ledger calls it. */
export interface TestStation extends TestSigner {
  name: string
}

/** Made once, and used for many tellings. */
export interface Cast {
  partition: string
  token: Token
  newToken: Token
  audit: TestSigner
  newAudit: TestSigner
  station: TestStation
  /** Of the home that restores. */
  newStation: TestStation
  /** One that comes and goes. */
  guest: TestStation
  stranger: TestSigner
  ops: Custody
  vault: Custody
  /** The vault's custodians after erin has left. */
  newVault: Custody
}

const PARTITION = '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b'
const TOKEN = {
  serial: '2f294eeb51757361',
  label: 'prod-hsm-1',
  manufacturer: 'SoftHSM project',
  model: 'SoftHSM v2',
  firmware: '2.6',
  hardware: '2.6',
}

export async function newCast(partition = PARTITION): Promise<Cast> {
  const vault = { name: 'vault', roles: ['recovery' as const], threshold: 2 }
  return {
    partition,
    token: TOKEN,
    newToken: { ...TOKEN, serial: '77aa11bb22cc33dd' },
    audit: newSigner('ES256'),
    newAudit: newSigner('ES256'),
    station: { ...newSigner('EdDSA'), name: 'host-1' },
    newStation: { ...newSigner('EdDSA'), name: 'host-2' },
    guest: { ...newSigner('EdDSA'), name: 'laptop' },
    stranger: newSigner('ES256'),
    ops: newCustody(partition, {
      name: 'ops',
      roles: ['so', 'user'],
      threshold: 2,
      people: ['alice', 'bob', 'carol'],
    }),
    vault: newCustody(partition, { ...vault, people: ['alice', 'dora', 'erin'] }),
    newVault: newCustody(partition, { ...vault, people: ['alice', 'dora', 'frank'], epoch: 2 }),
  }
}
