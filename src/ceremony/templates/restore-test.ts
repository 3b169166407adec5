// A backup is tried on a spare token, which is erased again.
import {
  ask,
  CUSTODIANS,
  closing,
  HSM_BAGS,
  LEADERS,
  OPEN_HSM,
  opening,
  REQUIRES,
  sealBackup,
  type Template,
} from './template.ts'

export const RESTORE_TEST: Template = {
  title: 'Test of the backup on a spare token',
  partition: 'pay',
  tables: `${REQUIRES}
[roles]
${LEADERS}${CUSTODIANS}
[blanks]
${HSM_BAGS}${ask('bag-backup-before', 'the backup, as it comes')}${ask('bag-backup-after', 'the backup, as it goes')}
[media]
hsm = "the HSM"
backup = { about = "the medium with the backup", holds = ["backup"] }
`,
  acts: () => [
    opening(
      'We are here to prove that the backup brings every key back. It is restored to a spare token, each key is compared, and the spare token is erased.',
      OPEN_HSM,
      {
        id: '1.6',
        kind: 'media',
        by: ['operator', 'internal-witness'],
        takes: 'PT5M',
        text: 'The bag of the backup comes from the second site. Look at it from all sides, read the number aloud, compare it with the record of its last ceremony, and cut it open.',
        medium: 'backup',
        bag: 'opened',
        blank: 'bag-backup-before',
      },
    ),
    {
      act: 'Test',
      steps: [
        {
          id: '2.1',
          kind: 'run',
          by: ['operator'],
          takes: 'PT3M',
          text: 'The backup is held against the ledger, which knows its SHA-256.',
          run: ['backup', 'verify', '{site.backup}'],
          expect: { exit: 0 },
        },
        {
          id: '2.2',
          kind: 'check',
          by: ['internal-witness'],
          takes: 'PT3M',
          text: 'Is the spare token the one of the inventory, and is it empty?',
        },
        {
          id: '2.3',
          kind: 'run',
          by: ['operator'],
          takes: 'PT20M',
          text: 'Custodians present their shares. Every key comes to the spare token, is proved equal to the one in the backup, and the token is erased.',
          run: ['backup', 'test', '{site.backup}', '--module', '{site.spare-module}', '--slot', '{site.spare-slot}'],
          quorum: true,
          expect: { exit: 0 },
        },
        {
          id: '2.4',
          kind: 'run',
          by: ['operator'],
          takes: 'PT3M',
          text: 'What the backup holds and lacks. Whatever it lacks is read aloud.',
          run: ['backup', 'show', '{site.backup}'],
          expect: { exit: 0 },
        },
        sealBackup('2.5', 'Put the medium into a new bag and seal it. Read the number aloud.', 'bag-backup-after'),
      ],
    },
    closing(3),
  ],
}
