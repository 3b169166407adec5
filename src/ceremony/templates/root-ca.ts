// An offline root CA: from an empty token to a signed intermediate and its revocation list.
import { APART, beginning, ENVELOPE_BAGS, ENVELOPES, NUMBERED_CUSTODIANS, NUMBERS, sealShare } from './init.ts'
import {
  ask,
  checkToken,
  closing,
  HSM_BAGS,
  LEADERS,
  makeBackup,
  OPEN_HSM,
  opening,
  sealBackup,
  type Template,
} from './template.ts'

const KEY = 'ca/root'

export const ROOT_CA: Template = {
  title: 'A root CA, its first issuing CA, and its first revocation list',
  partition: 'root',
  tables: `${APART}
[roles]
${LEADERS}auditor = "a qualified auditor, or whoever watches in their place"
${NUMBERED_CUSTODIANS}
[blanks]
${HSM_BAGS}${ask('bag-backup', 'the backup')}${ENVELOPE_BAGS}request-sha256 = { ask = "SHA-256 of the public key in the request, as the other side reads it on the telephone", like = "^[0-9a-f]{64}$" }

[media]
hsm = "the HSM"
backup = { about = "the medium for the backup", holds = ["backup"] }
transfer = { about = "the stick for what comes in and goes out, none of it secret", holds = ["root", "request", "issuing", "crl"] }
${ENVELOPES}`,
  acts: (partition) => [
    opening(
      'We are here to make the key of a root CA, and to sign with it three times: its own certificate, the one of the first issuing CA, and a revocation list. This machine was never on a network.',
      OPEN_HSM,
    ),
    { act: 'Beginning', steps: beginning(partition, '2') },
    {
      act: 'Key of the root',
      steps: [
        {
          id: '3.1',
          kind: 'run',
          by: ['operator'],
          takes: 'PT10M',
          text: 'Two custodians present their shares, and the pair is made on the token.',
          run: ['key', 'generate', KEY, '--type', 'ec-p384', '--reason', 'root CA'],
          quorum: true,
          expect: { exit: 0, state: { [`${KEY}#1`]: 'active' } },
        },
        {
          id: '3.2',
          kind: 'compare',
          by: ['operator', 'auditor'],
          takes: 'PT3M',
          text: 'The operator reads the SHA-256 of the public key from the screen. The auditor writes it down and reads it back.',
          value: 'key.fingerprint',
          of: `${KEY}#1`,
        },
        makeBackup('3.3', 'The backup comes before the first signature: a root that is lost can not be made again.'),
        sealBackup('3.4', 'Put the medium with the backup into its bag and seal it. Read the number aloud.'),
      ],
    },
    {
      act: 'Certificate of the root',
      steps: [
        {
          id: '4.1',
          kind: 'run',
          by: ['operator'],
          takes: 'PT15M',
          text: 'The plan alone, to be read at leisure: every field that will stand in the certificate. Auditor and witness compare it with the certificate policy, line by line.',
          run: ['cert', 'root', '{site.root-profile}', '--out', '{site.root}', '--dry-run'],
          expect: { exit: 0 },
        },
        {
          id: '4.2',
          kind: 'run',
          by: ['operator'],
          takes: 'PT10M',
          text: 'Custodians present their shares, and the root signs its own certificate.',
          run: ['cert', 'root', '{site.root-profile}', '--out', '{site.root}', '--reason', 'root CA'],
          quorum: true,
          expect: { exit: 0 },
        },
        {
          id: '4.3',
          kind: 'attach',
          by: ['operator'],
          takes: 'PT2M',
          text: 'The certificate of the root. Its SHA-256 goes into the minutes.',
          file: 'root',
        },
        {
          id: '4.4',
          kind: 'pause',
          by: ['administrator'],
          takes: 'PT30M',
          text: 'A break. Two people stay in the room, with the HSM in sight; nobody touches the keyboard.',
          stay: 2,
        },
      ],
    },
    {
      act: 'Issuing CA',
      steps: [
        {
          id: '5.1',
          kind: 'run',
          by: ['operator'],
          takes: 'PT3M',
          text: 'What the request is that came in.',
          run: ['inspect', '{site.request}'],
          expect: { exit: 0 },
        },
        {
          id: '5.2',
          kind: 'enter',
          by: ['internal-witness'],
          takes: 'PT10M',
          text: 'Call the people of the issuing CA at the number of the contract, not at one that came with the request. They read the SHA-256 of their public key; it is compared with the screen while it is written down.',
          blanks: ['request-sha256'],
        },
        {
          id: '5.3',
          kind: 'run',
          by: ['operator'],
          takes: 'PT15M',
          text: 'The plan shows the certificate and, in two rows, the SHA-256 of the key in the request. Each custodian compares these with what was written down, then presents a share.',
          run: [
            'cert',
            'issue',
            '{site.issuing-profile}',
            '--in',
            '{site.request}',
            '--out',
            '{site.issuing}',
            '--reason',
            'first issuing CA',
          ],
          quorum: true,
          expect: { exit: 0 },
        },
        {
          id: '5.4',
          kind: 'attach',
          by: ['operator'],
          takes: 'PT2M',
          text: 'The certificate of the issuing CA.',
          file: 'issuing',
        },
      ],
    },
    {
      act: 'Revocation list',
      steps: [
        {
          id: '6.1',
          kind: 'run',
          by: ['operator'],
          takes: 'PT10M',
          text: 'A list, though nothing is revoked yet: whoever checks the certificate wants one. The day by which the next one is due goes into the calendar.',
          run: ['cert', 'crl', '{site.crl-profile}', '--out', '{site.crl}', '--reason', 'first list'],
          quorum: true,
          expect: { exit: 0 },
        },
        {
          id: '6.2',
          kind: 'attach',
          by: ['operator'],
          takes: 'PT2M',
          text: 'The revocation list.',
          file: 'crl',
        },
        checkToken('6.3', 'The token holds what the ledger says, and nothing else.'),
      ],
    },
    closing(7, ...NUMBERS.map(sealShare)),
  ],
}
