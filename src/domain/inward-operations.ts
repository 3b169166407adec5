// What holds of every change by which a key comes from elsewhere: rows of the table of operations.
import { lastName } from './file-names.ts'
import { wrongImport } from './import-rules.ts'
import type { KeyImportCancelPlan, KeyImportRequestPlan } from './inward-plans.ts'
import { generated } from './key-transitions.ts'
import { making, theKey } from './operation-rules.ts'

export const INWARD_OPERATIONS = {
  'key.import': {
    roles: making,
    several: 'cross',
    changes: 'keys',
    keyRule: generated,
    wrongTogether: wrongImport,
    subject: theKey,
    rest: 'was not imported',
  },
  'key.import-request': {
    roles: ['user'],
    several: 'follow',
    changes: 'requests',
    files: { are: 'its work', names: ({ file }: KeyImportRequestPlan) => [[lastName(file)]] },
    subject: ({ wanted }: KeyImportRequestPlan) => wanted.name,
  },
  'key.import-cancel': {
    roles: ['user'],
    several: 'follow',
    changes: 'requests',
    subject: ({ name }: KeyImportCancelPlan) => name,
  },
} as const
