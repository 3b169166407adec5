// A rotation: the next version of a key, a backup of it, and the end of the version before the last.
import {
  ask,
  CUSTODIANS,
  closing,
  HSM_BAGS,
  LEADERS,
  makeBackup,
  OPEN_HSM,
  opening,
  REQUIRES,
  sealBackup,
  type Template,
} from './template.ts'

const KEY = 'payments/card-dek'

export const ROTATE: Template = {
  title: 'Yearly rotation of the card DEK, its backup, and the end of version 1',
  partition: 'pay',
  tables: `${REQUIRES}
[roles]
${LEADERS}${CUSTODIANS}
[blanks]
${HSM_BAGS}${ask('bag-backup', 'the backup')}
[media]
hsm = "the HSM"
backup = { about = "the new medium for the backup", holds = ["backup"] }

# The versions that are there, as key list says it of yours.
[begins]
"${KEY}#1" = "deactivated"
"${KEY}#2" = "active"
`,
  acts: () => [
    opening(
      'We are here to rotate the key that encrypts card data, and to destroy the version that nobody needs any more.',
      OPEN_HSM,
    ),
    {
      act: 'Rotation',
      steps: [
        {
          id: '2.1',
          kind: 'run',
          by: ['operator'],
          takes: 'PT10M',
          text: 'Custodians present their shares, one after the other. Each reads the code of the plan from the screen before that; the witness repeats it. From now on version 3 encrypts, and version 2 decrypts only.',
          run: ['key', 'rotate', KEY, '--reason', 'yearly rotation'],
          quorum: true,
          expect: { exit: 0, state: { [`${KEY}#3`]: 'active', [`${KEY}#2`]: 'deactivated' } },
        },
        {
          id: '2.2',
          kind: 'compare',
          by: ['operator', 'internal-witness'],
          takes: 'PT2M',
          text: 'The operator reads the check value of version 3 from the screen. The witness writes it down and reads it back.',
          value: 'key.fingerprint',
          of: `${KEY}#3`,
        },
      ],
    },
    {
      act: 'Backup',
      steps: [
        makeBackup(
          '3.1',
          'The backup goes onto the new medium. It holds every key that may leave the token, and only the custodians can open it.',
        ),
        {
          id: '3.2',
          kind: 'run',
          by: ['operator'],
          takes: 'PT3M',
          text: 'The backup is read back from the medium and held against the ledger.',
          run: ['backup', 'verify', '{site.backup}'],
          expect: { exit: 0 },
        },
        sealBackup('3.3', 'Put the medium into its bag and seal it. Read the number aloud.'),
      ],
    },
    {
      act: 'End of version 1',
      steps: [
        {
          id: '4.1',
          kind: 'check',
          by: ['administrator'],
          takes: 'PT2M',
          text: 'Has the owner of the data confirmed in writing that nothing is left under version 1?',
        },
        {
          id: '4.2',
          kind: 'run',
          by: ['operator'],
          takes: 'PT10M',
          text: 'What is destroyed does not come back from this token. The operator types the name of the key; the custodians compare it with the script before they present their shares.',
          run: [
            'key',
            'destroy',
            `${KEY}#1`,
            '--certificate',
            '{site.certificate}',
            '--reason',
            'end of its cryptoperiod',
          ],
          quorum: true,
          expect: { exit: 0, state: { [`${KEY}#1`]: 'destroyed' } },
        },
        {
          id: '4.3',
          kind: 'attach',
          by: ['operator'],
          takes: 'PT2M',
          text: 'The certificate of destruction. It names the backups that still hold the key.',
          file: 'certificate',
        },
      ],
    },
    closing(5),
  ],
}
