// Whether copies could be known again where they are to be: told before the intent, since what can't be proved there never comes to its end.
import type { CopyTarget, PlannedApp } from '../../domain/application-shapes.ts'
import type { keysAfter } from '../../domain/copies.ts'
import { copyAttributes } from '../../domain/copy-attributes.ts'
import { deviceFailed } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { label } from '../../domain/names.ts'

/** What decides by what it is known again. */
export function copyAsUsed({ name, version, usage }: CopyTarget, { key }: ReturnType<typeof keysAfter>) {
  const { type } = key(name, version)!
  return { type, attributes: copyAttributes(type, usage) }
}

/** COPY-PROVABLE. `can`: of each that is wished, as its token tells it. */
export function checkProvable(
  { name: app }: PlannedApp,
  wished: readonly CopyTarget[],
  can: readonly boolean[],
  history: History,
): void {
  const found = wished.find((_, i) => can[i] === false)
  if (found === undefined) return
  const version = label(found.name, found.version)
  const isThere = history.applications.named(app)?.copies.has(version)
  throw deviceFailed(
    'COPY-PROVABLE',
    `nothing that ${version} may do on the token of ${app} (${found.usage.join(', ')}) could prove that it is the key`,
    isThere
      ? to('to take the copy back', keyrite('key', 'withdraw', version, '--app', app))
      : to('to see what it may do', keyrite('key', 'show', version)),
  )
}
