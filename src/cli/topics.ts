// What the words mean that help, messages and plans use: for `keyrite help concepts`, and for the manual keyrite-concepts(7).

import { allCodes } from '../domain/codes.ts'
import { EXIT_MEANINGS } from '../domain/errors.ts'
import { KNOWN_PROFILES, profileInWords } from '../domain/known-profiles.ts'
import { closestMatch } from '../domain/words.ts'
import { type Field, fields, type Part } from '../terminal/text.ts'

interface Section {
  title: string
  entries: readonly (readonly [term: string, text: string])[]
}

interface Topic {
  summary: string
  sections: readonly Section[]
}

const PEOPLE: Section = {
  title: 'People and their shares',
  entries: [
    [
      'custodian',
      'A person who holds a share. Custodians approve changes together; none of them can make one alone, and none of them knows a PIN.',
    ],
    [
      'share',
      "What a custodian holds: one part of a secret that was split by Shamir's scheme, in a file under a passphrase or on paper. Fewer than M shares say nothing about the secret.",
    ],
    [
      'group',
      'Custodians who hold shares of the same secret, with a threshold: M of N of them must agree. Most partitions have one group; separate officers and operators take two.',
    ],
    [
      'role',
      'What a group can do. "user" gives the user PIN: it generates, rotates and destroys keys. "so" gives the SO PIN: it initialises tokens and sets PINs, and so counts as holding every role. "recovery" gives the key that backups are wrapped under.',
    ],
    [
      'quorum',
      'The approvals that a plan needs: M shares of each group whose roles the plan uses. `keyrite quorum show` lists the groups.',
    ],
    [
      'epoch',
      "The generation of a group's shares, from 1. When custodians are replaced, everyone gets a new share of the next epoch, and the old ones are retired.",
    ],
    [
      'staged',
      'Of new shares: made, handed out, and good for nothing yet. `quorum confirm` says that one has come; `quorum replace` puts them in the place of the old ones, and `quorum unstage` gives them up. One set is staged at a time, and other work goes on.',
    ],
    [
      'suspended',
      'Of a custodian: approves nothing until a day that the others have set. A rule of the ledger: the share itself works on, and only a replacement takes its power.',
    ],
  ],
}

const CHANGES: Section = {
  title: 'How a change is made',
  entries: [
    [
      'plan',
      'Exactly what is about to happen: the operation, the keys and what they may do, the token, the time limit. It is complete before anyone is asked, and `--dry-run` shows it.',
    ],
    [
      'code',
      'A short form of a hash, in groups of letters and digits that can be read aloud. The code of a plan is compared by the custodians before they approve: if it is the same, they are looking at the same plan.',
    ],
    [
      'approval',
      "A signature over the plan, made with a key that is derived from the custodian's share. Whoever presents a share to a plan that was shown approves it.",
    ],
    [
      'intent and outcome',
      'The two records of a change: one before the token is touched, one after it. An intent without an outcome was interrupted; `keyrite partition recover` finds out what happened and records it.',
    ],
    ['ceremony', 'Custodians meeting to make a change. Keyrite leads them through it and keeps the record.'],
  ],
}

const HISTORY: Section = {
  title: 'The history, and how it is checked',
  entries: [
    ['partition', "One token under Keyrite's care, with its custodians, its keys and its ledger."],
    [
      'ledger',
      'The history of a partition: a file of signed records, each of which holds the hash of the one before it. It is not secret and cannot be replaced: copy it.',
    ],
    ['leaf', 'The hash of one record. Its code stands beside the record in `keyrite audit show`.'],
    [
      'head',
      'The number and hash of the newest record, kept on the token itself. A ledger that lacks records the token knows of is an older copy, and is refused.',
    ],
    [
      'anchor',
      'The code of the first record. Written down when the partition begins and kept apart from the machine, it tells anyone later that a ledger is the one that began there.',
    ],
    [
      'checkpoint',
      'A signed note of how many records the ledger has and what their common hash is (the root). Whoever kept one can tell later that nothing before it was cut off or changed.',
    ],
    [
      'audit key',
      'A key on the token that signs the ledger. It can be used only after the custodians have opened the token.',
    ],
    [
      'station',
      'A machine that the custodians let in, with a name and a key in its home. Every record names one; the key signs what happens without a login, such as refusals, and proves nothing about the token.',
    ],
  ],
}

const KEYS: Section = {
  title: 'Keys and their states',
  entries: [
    ['version', 'NAME#V: a rotation makes the next version of a name and deactivates the present one.'],
    ['pre-active', 'It waits for its time and can be used for nothing.'],
    ['active', 'It does everything that it was made for.'],
    ['suspended', 'It only decrypts, verifies and unwraps, and can be resumed.'],
    ['deactivated', 'It only decrypts, verifies and unwraps, and never becomes active again.'],
    [
      'compromised',
      'It is known or feared to be in the wrong hands; it can be used for nothing, and is destroyed next.',
    ],
    [
      'destroyed',
      'It is gone from the token for good. Backups and earlier tokens may still hold it; its certificate names them.',
    ],
    [
      'fingerprint',
      'What tells a key from every other: a check value of a secret key (cmac5, hmac5), or the SHA-256 of a public key.',
    ],
  ],
}

const APPLICATIONS: Section = {
  title: 'Keys that applications use',
  entries: [
    [
      'application',
      'A program, or a group of them, that uses keys on a token of its own, logged in with a PIN that was handed over to it. The keys of the partition stay where they are.',
    ],
    [
      'copy',
      "A key version on an application's token. It can be used there, and can't be read, copied, changed or wrapped out; whoever has the PIN can destroy it, which `keyrite app check` finds.",
    ],
    [
      'wish',
      'What the ledger says that an application is to have. What was seen of it is present, absent or unproven; `keyrite app sync` makes it as it is wished.',
    ],
    [
      'in force',
      'The version that a name stands for, which new work is done with. On the tokens of applications it has the label NAME, and every other version NAME#V.',
    ],
    [
      'published',
      'A version that applications have already and use only to decrypt, verify and unwrap, until `keyrite key promote` puts it in force: then everyone can read what the first one writes with it.',
    ],
  ],
}

const CONCEPTS: Topic = {
  summary: 'the words that keyrite uses, and what they mean',
  sections: [PEOPLE, CHANGES, HISTORY, KEYS, APPLICATIONS],
}

const EXIT_CODES: Topic = {
  summary: 'what each exit code says',
  sections: [{ title: 'Exit codes', entries: EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]) }],
}

/** Variables of the environment that say something to keyrite. A flag is above each of them. */
export const VARIABLES: Section = {
  title: 'Variables of the environment',
  entries: [
    ['KEYRITE_HOME', 'where partitions are kept, unless --home says otherwise'],
    ['KEYRITE_PARTITION', 'which partition, unless --partition says otherwise'],
    ['KEYRITE_MODULE', 'the PKCS#11 library, for the commands that take --module, unless that is given'],
    ['XDG_STATE_HOME', 'without KEYRITE_HOME, partitions are kept in its folder keyrite; by default ~/.local/state'],
    ['NO_COLOR', 'no colour, unless --color says otherwise'],
  ],
}

const ENVIRONMENT: Topic = { summary: 'the variables that keyrite reads', sections: [VARIABLES] }

const PROFILES: Topic = {
  summary: 'libraries that want to be spoken to in a way of their own, for --profile and config set',
  sections: [
    { title: 'Profiles of libraries', entries: KNOWN_PROFILES.map((name) => [name, profileInWords(name)]) },
    {
      title: 'A profile of your own is a file',
      entries: [
        ['pinPrefix', 'text that goes before every PIN, such as "keyrite:"'],
        ['soType, userType', 'the numbers by which C_Login knows the roles, such as 2147483649'],
        [
          'libraryParameters',
          'text for C_Initialize, in which $NAME stands for a variable of the environment at that time',
        ],
        ['env', 'variables for the process that loads the library, such as {"NAME": "VALUE"}'],
      ],
    },
  ],
}

const RULES: Topic = {
  summary: 'every rule and other name that stands in the brackets behind a message',
  get sections() {
    return [
      { title: 'Rules', entries: Object.entries(allCodes()).map(([code, [, rule]]): [string, string] => [code, rule]) },
    ]
  },
}

export const TOPICS: { readonly [name: string]: Topic } = {
  concepts: CONCEPTS,
  environment: ENVIRONMENT,
  'exit-codes': EXIT_CODES,
  profiles: PROFILES,
  rules: RULES,
}

/** What `keyrite help` takes beside commands. */
const TOPIC_NAMES: readonly string[] = [
  'topics',
  ...Object.keys(TOPICS),
  ...CONCEPTS.sections.flatMap(({ entries }) => entries.map(([term]) => term)),
]

/** The topic, or the rule, that is called something like it. */
export const nearestTopic = (word: string): string | undefined =>
  closestMatch(word, TOPIC_NAMES) ?? closestMatch(word.toUpperCase(), Object.keys(allCodes()))

const listOf = (topics: typeof TOPICS): Section => ({
  title: 'Topics of `keyrite help`',
  entries: Object.entries(topics).map(([name, { summary }]) => [name, summary]),
})

/** A word of the concepts is a topic too. */
function conceptText(name: string): Part[] | undefined {
  const entries = CONCEPTS.sections.flatMap((section) => section.entries).filter(([term]) => term === name)
  return entries.length === 0 ? undefined : [fields(entries)]
}

/** What a code says, and how the program ends with it. */
function ruleText(name: string): Part[] | undefined {
  const [code, found] = Object.entries(allCodes()).find(([known]) => known === name.toUpperCase()) ?? []
  if (found === undefined) return undefined
  const exits = EXIT_MEANINGS.filter(([exit]) => found[0].some((one) => one === exit))
  return [fields([[`${code}`, found[1]], ...exits.map(([exit, meaning]): Field => [`exit ${exit}`, meaning])])]
}

/** Undefined where no topic is called that. */
export function topicText(name: string): Part[] | undefined {
  const sections =
    name === 'topics' ? [listOf(TOPICS)] : Object.entries(TOPICS).find(([known]) => known === name)?.[1].sections
  if (!sections) return conceptText(name) ?? ruleText(name)
  return sections.flatMap((section, i) => [...(i === 0 ? [] : ['']), ...sectionText(section)])
}

/** Terms of the same section stand under each other; a terminal wraps what they mean beside them. */
const sectionText = ({ title, entries }: Section): Part[] => [`${title}:`, fields(entries, '  ')]
