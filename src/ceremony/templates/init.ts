// The beginning of a partition: from an empty token to the first key and its backup.
import {
  ask,
  closing,
  HSM_BAGS,
  LEADERS,
  makeBackup,
  OPEN_HSM,
  opening,
  sealBackup,
  type Template,
  type TemplateStep,
  type Unnumbered,
} from './template.ts'

export const NUMBERS = ['1', '2', '3'] as const

/** Each is one person, so that the plan can name them. */
export const NUMBERED_CUSTODIANS = NUMBERS.map(
  (i) => `custodian-${i} = { about = "gets share ${i} and keeps it", shares = true }\n`,
).join('')

export const APART = `[requires]
separate = [["administrator", "operator"], ["operator", "internal-witness"], ["operator", "custodian-1"], ["operator", "custodian-2"], ["operator", "custodian-3"]]
clock = "PT60S"
`

export const ENVELOPES = NUMBERS.map((i) => `envelope-${i} = "the bag for the share of custodian ${i}"\n`).join('')
export const ENVELOPE_BAGS = NUMBERS.map((i) => ask(`bag-share-${i}`, `share ${i}`)).join('')

export const beginning = (partition: string, first: string): TemplateStep[] => [
  {
    id: `${first}.1`,
    kind: 'run',
    by: ['operator'],
    takes: 'PT3M',
    text: 'What the library and its tokens are. The token in the slot of the site file is empty, or the ceremony ends here.',
    run: ['token', 'list', '--module', '{site.module}'],
    expect: { exit: 0 },
  },
  {
    id: `${first}.2`,
    kind: 'run',
    by: ['operator'],
    quorum: true,
    takes: 'PT20M',
    text: 'Each custodian comes to the keyboard alone, chooses a passphrase, and gets a share onto a stick of their own. Then each reads the code of the plan, which names all three, and approves it by that share. 2 of 3 will be needed from now on.',
    run: [
      'partition',
      'init',
      partition,
      '--module',
      '{site.module}',
      '--slot',
      '{site.slot}',
      '--threshold',
      '2',
      ...NUMBERS.flatMap((i) => ['--custodian', `{site.custodian-${i}}`, '--shares-dir', `{site.shares-${i}}`]),
    ],
    expect: { exit: 0 },
  },
  {
    id: `${first}.3`,
    kind: 'run',
    by: ['operator'],
    takes: 'PT2M',
    text: 'The partition as the ledger has it, with its anchor.',
    run: ['partition', 'show'],
    expect: { exit: 0 },
  },
  {
    id: `${first}.4`,
    kind: 'read',
    by: ['internal-witness'],
    takes: 'PT3M',
    text: 'The witness reads the anchor from the screen, group by group. Everyone writes it down and takes it home: with it anybody can tell later whether a ledger is this one.',
  },
]

export const sealShare = (i: string): Unnumbered => ({
  kind: 'media',
  by: [`custodian-${i}`, 'internal-witness'],
  takes: 'PT3M',
  text: `Custodian ${i} puts the stick with the share into a bag of its own and seals it. The passphrase does not go with it.`,
  medium: `envelope-${i}`,
  bag: 'sealed',
  blank: `bag-share-${i}`,
})

export const INIT: Template = {
  title: 'A new partition, its first key, and its backup',
  partition: 'pay',
  tables: `${APART}
[roles]
${LEADERS}${NUMBERED_CUSTODIANS}
[blanks]
${HSM_BAGS}${ask('bag-backup', 'the backup')}${ENVELOPE_BAGS}
[media]
hsm = "the HSM"
backup = { about = "the medium for the backup", holds = ["backup"] }
${ENVELOPES}`,
  acts: (partition) => [
    opening(
      'We are here to put an empty token under the control of three custodians, and to make the first key on it.',
      OPEN_HSM,
    ),
    { act: 'Beginning', steps: beginning(partition, '2') },
    {
      act: 'First key',
      steps: [
        {
          id: '3.1',
          kind: 'run',
          by: ['operator'],
          takes: 'PT10M',
          text: 'Two custodians present their shares, and the key is made on the token. Each reads the code of the plan aloud before that.',
          run: ['key', 'generate', 'payments/card-dek', '--type', 'aes-256', '--reason', 'first key'],
          quorum: true,
          expect: { exit: 0, state: { 'payments/card-dek#1': 'active' } },
        },
        {
          id: '3.2',
          kind: 'compare',
          by: ['operator', 'internal-witness'],
          takes: 'PT2M',
          text: 'The operator reads the check value of the key from the screen. The witness writes it down and reads it back.',
          value: 'key.fingerprint',
          of: 'payments/card-dek#1',
        },
      ],
    },
    {
      act: 'Backup',
      steps: [
        makeBackup('4.1', 'The backup goes onto its medium.'),
        sealBackup('4.2', 'Put the medium into its bag and seal it. Read the number aloud.'),
      ],
    },
    closing(5, ...NUMBERS.map(sealShare)),
  ],
}
