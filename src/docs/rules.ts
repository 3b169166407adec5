// docs/rules.md: every code that a failure can have, with its exit codes and the rule that it names.
import { allCodes } from '../domain/codes.ts'

const INTRO = `# Rules and other codes

Written by \`npm run docs\` from \`src/domain/codes.ts\`: changes belong there.

The name in the brackets behind a message, and \`error.code\` with \`--json\`. A rule says how things have to be: the message says how they
are. A change that stops half way ends with exit code 6 under any of them. \`CKR_...\` is an answer of the PKCS#11 library, by its name in
the standard (exit code 4). \`keyrite help QUORUM-MET\` shows one of these.

| code | exit | how things have to be, or what went wrong |
|---|---|---|
`

export const rules = (): string =>
  `${INTRO}${Object.entries(allCodes())
    .map(([code, [exits, rule]]) => `| \`${code}\` | ${exits.join(', ')} | ${rule} |\n`)
    .join('')}`
