// What an application's token has of the copies that it is to have. Nothing is changed.
import type { CopyFound, CopyName, CopySpec } from '../../hsm/port.ts'
import type { Throttle } from '../keys/pace.ts'
import { inSecondSession, twoLooks } from '../keys/second-look.ts'
import type { User } from '../user.ts'
import { lacksCertificate } from './certificates.ts'
import { CopyIndex } from './copy-index.ts'
import { factsOf, Judge, type Judged, type PartFound } from './judge.ts'
import { SecretProofs } from './secret-proof.ts'

export async function proveCopies(user: User, copies: readonly CopySpec[], throttle: Throttle): Promise<CopyFound[]> {
  const index = await CopyIndex.of(user, throttle)
  const judge = new Judge(user, new SecretProofs(user))
  const found: CopyFound[] = []
  for (const copy of copies) {
    const lacks = lacksCertificate(user, copy, index) ? { lacksCertificate: true as const } : {}
    const verdict = verdictOn(copy, judge.judge(copy, index.at(copy)))
    found.push(verdict.state === 'present' ? { ...verdict, ...lacks } : verdict)
    await throttle.step(found.length)
  }
  await confirmAbsent(
    user,
    copies.filter((_, i) => found[i]!.state === 'absent'),
    throttle,
  )
  return found
}

function verdictOn(copy: CopySpec, { parts, strays }: Judged): CopyFound {
  const isNothing = parts.every(({ right, others }) => right === undefined && others.length === 0)
  if (isNothing && strays.length === 0) return { state: 'absent' }
  const why = [...parts.flatMap(complaints), ...(strays.length > 0 ? ['there is more under its name'] : [])]
  if (why.length > 0) return { state: 'wrong', why: why.join(', ') }
  if (parts.some(({ unproved }) => unproved))
    return { state: 'unproved', why: 'nothing is known by which it could be proved' }
  return { state: 'present', facts: factsOf(copy, parts) }
}

const complaints = ({ part, right, why }: PartFound): string[] =>
  right === undefined && why.length === 0 ? [`its ${part.name} key is missing`] : why

/** TWO-LOOKS: what the first session did not find is absent when another doesn't either. */
async function confirmAbsent(user: User, names: readonly CopyName[], throttle: Throttle): Promise<void> {
  if (names.length === 0) return
  await inSecondSession(user, async (place) => {
    const index = await CopyIndex.of(place, throttle)
    for (const name of names) if (index.at(name).length > 0) throw twoLooks(name.id, 0, index.at(name).length)
  })
}
