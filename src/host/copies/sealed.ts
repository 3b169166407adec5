// What the user of an application's token could do to a copy is tried on one that nobody needs: to read it, copy it, wrap it out, and change it.
import { randomBytes } from 'node:crypto'
import { deviceFailed } from '../../domain/errors.ts'
import { wrapBy, wrapsOf } from '../backup/wraps.ts'
import { CKA, CKO, FLAG } from '../native/constants.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import { refuses } from '../probe/probe-try.ts'
import { Scratch } from '../probe/scratch.ts'
import type { User } from '../user.ts'
import type { CopyObject } from './copy-index.ts'

/** What could be done with it, in words. */
export function brokenOf(user: User, { object, kind }: CopyObject): string[] {
  const changed = canChange(user, object, CHANGES) ? ['changed'] : []
  if (kind[0] === CKO.PUBLIC_KEY) return changed
  const isSecret = kind[0] === CKO.SECRET_KEY
  return [
    ...(canRead(user, object) ? ['read'] : []),
    ...(canCopy(user, object) ? ['copied'] : []),
    ...(canWrap(user, object) ? ['wrapped out'] : []),
    ...changed,
    ...(changed.length === 0 && canChange(user, object, isSecret ? SECRET : PRIVATE) ? ['given another usage'] : []),
  ]
}

const CHANGES: Template = [
  [CKA.LABEL, 'keyrite/probe'],
  [CKA.ID, randomBytes(16)],
]
const SECRET: Template = [[FLAG.WRAP, true]]
const PRIVATE: Template = [[FLAG.DECRYPT, true]]

/** One after the other: some tokens let one thing be changed and not the other. */
const canChange = ({ lib, session }: User, object: ObjectHandle, changes: Template): boolean =>
  changes.some((change) => !refuses(() => lib.set(session, object, [change])))

function canRead({ lib, session }: User, object: ObjectHandle): boolean {
  const seen = lib.read(session, object, [CKA.VALUE])
  return (seen.get(CKA.VALUE)?.length ?? 0) > 0
}

function canCopy({ lib, session }: User, object: ObjectHandle): boolean {
  using scratch = new Scratch(lib, session)
  return !refuses(() => scratch.keep(lib.copy(session, object, [[FLAG.TOKEN, false]])))
}

/** Under a key of the user's own, which wraps another. */
function canWrap(user: User, object: ObjectHandle): boolean {
  const { lib, session } = user
  using scratch = new Scratch(lib, session, { TOKEN: false, PRIVATE: true })
  const kek = scratch.aesKey(randomBytes(32), { WRAP: true })
  const other = scratch.aesKey(randomBytes(32), { EXTRACTABLE: true, SENSITIVE: false })
  const [wrap] = wrapsOf(user, user.mechanisms)
  if (wrap === undefined) throw deviceFailed('NO-KEY-WRAP', 'the token wraps no key')
  wrapBy(user, wrap, kek, other)
  return !refuses(() => wrapBy(user, wrap, kek, object))
}
