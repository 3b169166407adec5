// A file with age identities, and what people take for one.

import { refused } from '../domain/errors.ts'
import { sh, to } from '../domain/hints.ts'
import { shellQuoted } from '../domain/names.ts'
import type { Secret } from '../domain/secret.ts'
import { isAgeFile } from './age.ts'

/** What a file is that holds no identity, and what to do about it. */
const TAKEN_FOR_ONE: [looks: RegExp, is: string, hint: (path: string) => string][] = [
  [/BEGIN (?:[A-Z]+ )*PRIVATE KEY/, 'is an ssh key or the like, and no age identity', () => MAKE_ONE],
  [/^ssh-/m, 'is the public half of an ssh key, and no age identity', () => MAKE_ONE],
  [
    /^AGE-PLUGIN-/im,
    'is for an age plugin, such as one for a hardware key, which keyrite does not run',
    (path) => `age itself opens the share: age -d -i ${path} SHARE | keyrite ... --share-fd 0`,
  ],
  [/^age1/m, 'holds a recipient, which is public, and not its identity', () => 'the identity is what age-keygen wrote'],
]

const MAKE_ONE = 'age-keygen makes an identity; shares have to be made for its recipient'

/** SHARE-IDENTITY: named as what it is, before it is tried on a share. */
export function checkIdentity(text: Secret, path: string): void {
  const bytes = text.reveal()
  if (isAgeFile(bytes)) {
    const hint = to('open it into a private file first', sh('age', '-d', '-o', 'IDENTITY', path))
    throw refused(
      'SHARE-IDENTITY',
      `identity file ${path} is itself encrypted, under a passphrase or a recipient`,
      hint,
    )
  }
  const content = Buffer.from(bytes).toString('latin1')
  if (/^AGE-SECRET-KEY-/im.test(content)) return
  const found = TAKEN_FOR_ONE.find(([looks]) => looks.test(content))
  if (found) throw refused('SHARE-IDENTITY', `identity file ${path} ${found[1]}`, found[2](shellQuoted(path)))
}
