// What holds of every change that signs with a key of the partition, into a file: rows of the table of operations.
import { wrongIssued, wrongList, wrongRequest, wrongRoot } from './certificate-rules.ts'
import { lastName } from './file-names.ts'
import { certified, signed } from './key-transitions.ts'
import { theKey } from './operation-rules.ts'
import { wrongSignature } from './signing.ts'

/** A file is what comes of it: its key stays as it was. */
const INTO_A_FILE = {
  several: 'follow',
  changes: 'nothing',
  keepsUsage: true,
  files: { are: 'its work', names: ({ file }: { file: string }) => [[lastName(file)]] },
  subject: theKey,
} as const

export const SIGNING_OPERATIONS = {
  'cert.request': { ...INTO_A_FILE, roles: ['user'], keyRule: certified, wrongTogether: wrongRequest },
  'cert.root': { ...INTO_A_FILE, roles: ['user'], keyRule: signed, wrongTogether: wrongRoot },
  'cert.issue': { ...INTO_A_FILE, roles: ['user'], keyRule: signed, wrongTogether: wrongIssued },
  'cert.crl': { ...INTO_A_FILE, roles: ['user'], keyRule: signed, wrongTogether: wrongList },
  'key.sign': { ...INTO_A_FILE, roles: ['user'], keyRule: signed, wrongTogether: wrongSignature },
} as const
