// A custodian leaves, another joins: new shares for everyone, and the old ones are worth nothing.
import {
  ask,
  checkToken,
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

export const REPLACE: Template = {
  title: 'A custodian leaves, another joins',
  partition: 'pay',
  tables: `${REQUIRES}
[roles]
${LEADERS}custodian = { about = "stays: brings an old share, and gets a new one", people = 2, shares = true }
newcomer = { about = "joins, and gets a share", shares = true }

[blanks]
${HSM_BAGS}${ask('bag-backup', 'the backup')}
[media]
hsm = "the HSM"
backup = { about = "the medium for the backup", holds = ["backup"] }
`,
  acts: () => [
    opening(
      'We are here because a custodian leaves and another joins. Everyone who stays gets a new share today; the old ones will approve nothing any more.',
      OPEN_HSM,
    ),
    {
      act: 'Backup',
      steps: [
        makeBackup(
          '2.1',
          'Before anything is replaced there is a backup of all keys, which the old shares still open.',
        ),
      ],
    },
    {
      act: 'Replacement',
      steps: [
        {
          id: '3.1',
          kind: 'read',
          by: ['administrator'],
          takes: 'PT2M',
          text: 'The administrator reads who leaves and who joins, as the site file names them, and asks whether anybody objects.',
        },
        {
          id: '3.2',
          kind: 'run',
          by: ['operator'],
          takes: 'PT25M',
          text: 'Each custodian who gets a share comes to the keyboard alone, chooses a passphrase, and reads the share back. Then 2 of the old set and 2 of the new one approve the replacement. The operator types the name of the group.',
          run: [
            'quorum',
            'replace',
            '--remove',
            '{site.leaving}',
            '--add',
            '{site.newcomer}',
            '--shares-dir',
            '{site.shares}',
            '--in',
            '{site.backup}',
            '--copy',
            '{site.out}',
            '--reason',
            'change of custodians',
          ],
          quorum: true,
          expect: { exit: 0 },
        },
        {
          id: '3.3',
          kind: 'run',
          by: ['operator'],
          takes: 'PT2M',
          text: 'Who holds shares from now on. Everyone finds their own name.',
          run: ['quorum', 'show'],
          expect: { exit: 0 },
        },
        checkToken('3.4', 'The new shares open the token, which holds what the ledger says.'),
        {
          id: '3.5',
          kind: 'check',
          by: ['internal-witness'],
          takes: 'PT5M',
          text: 'Have the old shares of everyone been destroyed, on every medium that they were on, and has the leaving custodian handed over the bag?',
        },
        sealBackup(
          '3.6',
          'Put the medium with the backup into its bag and seal it. It is opened by the new shares, together with the ledger.',
        ),
      ],
    },
    closing(4),
  ],
}
