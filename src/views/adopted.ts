// Keys that others made, as whoever approves their adoption sees them: each with what is weak about it.

import type { AdoptPlan } from '../domain/first-plans.ts'
import { type Flags, isExtractable, isPair, possibleUsages, type Usage } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import type { KeyReport } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { type Field, marked } from '../terminal/text.ts'
import { keyInWords } from './plan-keys.ts'

export const adoptedFields = ({ keys, leaves = [] }: AdoptPlan): Field[] => [
  [
    'takes over',
    `${counted(keys.length, 'key')}, as they are; nothing on the token is erased, and its PINs become those of the shares`,
  ],
  ...keys.flatMap((key): Field[] => [
    ['', keyInWords(key)],
    ['', `  on the token ${calledIn(key)}; ${may(key)}`],
    ...weakOf(key).map((text): Field => ['WEAK', marked(`${label(key.name, key.version)}: ${text}`, 'warning')]),
  ]),
  ...leaves.map((object): Field => ['leaves', object]),
]

const calledIn = ({ origin, id }: KeyReport): string =>
  `${origin.kind === 'adopted' && origin.label !== '' ? origin.label : 'without a label'}, id ${id}`

const may = ({ usage }: KeyReport): string =>
  usage.length === 0 ? 'can be used for nothing' : `may ${usage.join(', ')}`

/** What a key that was made here would not be. */
function weakOf(key: KeyReport): string[] {
  const flags: Flags = isPair(key.attributes) ? key.attributes.private : key.attributes
  const { usage } = key
  const can = possibleUsages(key.type).filter((one) => usage.includes(one))
  const both = (one: Usage, other: Usage) => can.includes(one) && can.includes(other)
  const rows: [is: boolean, text: string][] = [
    [flags.SENSITIVE !== true, 'it is not SENSITIVE: whoever is logged in can read it'],
    [
      flags.EXTRACTABLE === true && flags.WRAP_WITH_TRUSTED !== true,
      'it is EXTRACTABLE without WRAP_WITH_TRUSTED: it can be taken out under any key',
    ],
    [
      flags.NEVER_EXTRACTABLE === false || flags.ALWAYS_SENSITIVE === false || flags.LOCAL === false,
      'it was brought here, or could be taken out before: others may have it',
    ],
    [flags.MODIFIABLE === false, 'it is not MODIFIABLE: its use can never change, and it can only be destroyed'],
    [flags.DESTROYABLE === false, 'it is not DESTROYABLE: only the whole token can be erased'],
    [!isExtractable(key.attributes), 'no backup: it can never leave the token'],
    [both('wrap', 'decrypt'), 'it may both wrap and decrypt: keys can be taken out in the clear'],
    [both('unwrap', 'encrypt'), 'it may both unwrap and encrypt: known keys can be brought in'],
    [key.class === 'pair' && !usage.includes('sign'), 'its private half was not proved: it can not sign'],
  ]
  return rows.filter(([is]) => is).map(([, text]) => text)
}
