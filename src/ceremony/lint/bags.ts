// Media: what lies in a bag is of no use, and what lies open is not opened.
import { orMeant } from '../../domain/words.ts'
import { placeholderIn } from '../fill-in.ts'
import { type CeremonyMedium, mediaOf } from '../script.ts'
import type { CeremonyStep } from '../step.ts'
import { localWords, reachesToken } from './commands.ts'
import type { Stage, Staged } from './stage.ts'

/** The medium of this name is the HSM: every command that reaches it needs it. */
const HSM = 'hsm'

export function checkBags(stage: Stage): void {
  const media = mediaOf(stage.script)
  for (const [name, { share }] of media) {
    if (share === undefined) continue
    if (!stage.roles.get(share)?.shares)
      stage.tell(undefined, `the medium ${name} holds the share of ${share}, which is no role with shares`)
  }
  const sealed = sealedFirst(stage)
  for (const staged of stage.steps) {
    const { step } = staged
    for (const name of needed(staged, media)) {
      if (!media.has(name)) stage.tell(step, `no medium is called ${name}${orMeant(name, media.keys())}`)
      else if (sealed.has(name)) stage.tell(step, `it needs ${name}, which is in its bag`)
    }
    checkShares(staged, media, sealed, stage)
    if (step.kind === 'media') move(step, media, sealed, stage)
  }
}

/** What is opened before it is ever sealed comes in a bag. */
function sealedFirst({ steps }: Stage): Set<string> {
  const first = new Map<string, 'opened' | 'sealed'>()
  for (const { step } of steps) if (step.kind === 'media' && !first.has(step.medium)) first.set(step.medium, step.bag)
  return new Set([...first].filter(([, bag]) => bag === 'opened').map(([name]) => name))
}

function move(
  step: CeremonyStep & { kind: 'media' },
  media: ReadonlyMap<string, CeremonyMedium>,
  sealed: Set<string>,
  stage: Stage,
): void {
  if (!media.has(step.medium))
    return stage.tell(step, `no medium is called ${step.medium}${orMeant(step.medium, media.keys())}`)
  const isSealed = sealed.has(step.medium)
  if (step.bag === 'opened' && !isSealed) stage.tell(step, `${step.medium} is in no bag`)
  if (step.bag === 'sealed' && isSealed) stage.tell(step, `${step.medium} is in its bag already`)
  if (step.bag === 'sealed') sealed.add(step.medium)
  else sealed.delete(step.medium)
}

function needed({ step, line }: Staged, media: ReadonlyMap<string, CeremonyMedium>): Set<string> {
  const words = line ? localWords(line).map(placeholderIn) : []
  const named = words.flatMap((found) => (found?.from === 'site' ? [found.name] : []))
  const values = step.kind === 'attach' && step.file !== undefined ? [step.file] : named
  const holding = [...media]
    .filter(([, { holds }]) => holds.some((value) => values.includes(value)))
    .map(([name]) => name)
  const token = line && media.has(HSM) && reachesToken(line) ? [HSM] : []
  return new Set([...(step.uses ?? []), ...holding, ...token])
}

/** A quorum needs as many shares out of their bags. */
function checkShares(
  { step, line }: Staged,
  media: ReadonlyMap<string, CeremonyMedium>,
  sealed: ReadonlySet<string>,
  stage: Stage,
): void {
  if (step.kind !== 'run' || !step.quorum || !line) return
  const away = new Set(
    [...media].filter(([name, { share }]) => share !== undefined && sealed.has(name)).map(([, { share }]) => share!),
  )
  if (away.size === 0) return
  const holders = [...stage.roles].filter(([role, { shares }]) => shares && !away.has(role))
  if (holders.reduce((sum, [, { people }]) => sum + people, 0) < 2)
    stage.tell(step, `it needs the shares of custodians, and those of ${[...away].join(', ')} are in their bags`)
}
