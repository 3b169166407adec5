// The end of a key: out of use, then destroyed, with a certificate of what may still hold it.
import { CUSTODIANS, closing, HSM_BAGS, LEADERS, OPEN_HSM, opening, REQUIRES, type Template } from './template.ts'

const KEY = 'payments/old-dek#1'

export const DESTROY: Template = {
  title: 'Destruction of a key that is not needed any more',
  partition: 'pay',
  tables: `${REQUIRES}
[roles]
${LEADERS}${CUSTODIANS}
[blanks]
${HSM_BAGS}
[media]
hsm = "the HSM"

# How the key stands today, as key show says it.
[begins]
"${KEY}" = "active"
`,
  acts: () => [
    opening(
      'We are here to destroy a key. What was encrypted under it and kept nowhere else can be read by nobody afterwards.',
      OPEN_HSM,
    ),
    {
      act: 'Out of use',
      steps: [
        {
          id: '2.1',
          kind: 'check',
          by: ['administrator'],
          takes: 'PT3M',
          text: 'Has the owner of the data confirmed in writing that nothing is left under this key?',
        },
        {
          id: '2.2',
          kind: 'run',
          by: ['operator'],
          takes: 'PT3M',
          text: 'The key as the ledger has it. Everyone compares its name, version and check value with the request.',
          run: ['key', 'show', KEY],
          expect: { exit: 0 },
        },
        {
          id: '2.3',
          kind: 'run',
          by: ['operator'],
          takes: 'PT10M',
          text: 'The key is taken out of use first: an active key is never destroyed.',
          run: ['key', 'deactivate', KEY, '--reason', 'it is not needed any more'],
          quorum: true,
          expect: { exit: 0, state: { [KEY]: 'deactivated' } },
        },
      ],
    },
    {
      act: 'Destruction',
      steps: [
        {
          id: '3.1',
          kind: 'run',
          by: ['operator'],
          takes: 'PT10M',
          text: 'The operator types the name of the key. The custodians compare it with the script, then present their shares. The token is searched afterwards, and what is not found is proved absent.',
          run: ['key', 'destroy', KEY, '--certificate', '{site.certificate}', '--reason', 'end of its life'],
          quorum: true,
          expect: { exit: 0, state: { [KEY]: 'destroyed' } },
        },
        {
          id: '3.2',
          kind: 'attach',
          by: ['operator'],
          takes: 'PT2M',
          text: 'The certificate of destruction.',
          file: 'certificate',
        },
        {
          id: '3.3',
          kind: 'read',
          by: ['internal-witness'],
          takes: 'PT5M',
          text: 'The witness reads from the certificate which backups and earlier tokens still hold the key, and who sees to them by when.',
        },
      ],
    },
    closing(4),
  ],
}
