// keyrite manifest apply: everything that a manifest wants and that is due, under one quorum; from then on it is in force.
import type { Command } from 'commander'
import type { Result } from '../../change/execute.ts'
import type { ManifestRequest } from '../../change/judged-manifest.ts'
import { knownApplication } from '../../change/known-application.ts'
import { isIdle, planManifest } from '../../change/operations/apply-manifest.ts'
import { checkAbility } from '../../change/operations/generate-keys.ts'
import { applyManifest } from '../../change/operations/manifest-steps.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, givenPinOption, listOption, withoutOption, withPlan } from '../../cli/options.ts'
import { sameJson } from '../../domain/canonical.ts'
import { groupedBy } from '../../domain/grouped.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { isExtractable } from '../../domain/keys.ts'
import type { KnownApplication } from '../../domain/known-application.ts'
import { type Manifest, managedKeys } from '../../domain/manifest.ts'
import type { ManifestPlan } from '../../domain/manifest-plan.ts'
import { parseTimeOrDayEnd, type Time } from '../../domain/names.ts'
import { propose } from '../../domain/proposal.ts'
import { counted } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { carryOutWithCopies, RELOAD, reachingFrom } from '../../session/change-with-copies.ts'
import { readManifest } from '../../session/manifest-file.ts'
import { handOverList } from '../../session/whole-list.ts'
import { toldKeys } from '../../views/manifest-keys.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions {
  by?: Time
  destroy?: boolean
  list?: string
  without: string[]
  confirm?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('apply'), ['unbacked', 'wrap-with-trusted', 'clock'])),
    'keyrite manifest apply keys.toml --dry-run',
    `keyrite manifest apply keys.toml --by 2099-01-01 --list due.txt --accept unbacked ${SHARES}`,
  )
    .summary('do what a manifest wants, and put it in force')
    .description(
      'Generates the keys that are missing, publishes and promotes the versions that are due, rotates keys that no application has, brings copies to ' +
        'applications and takes them away, under one plan that holds the manifest: who approves the plan signs it, and lists and duties judge by it from ' +
        'then on. What can not be done yet is told with its reason, and is due still. Keys that it does not name are let be. Applied once more it does ' +
        'nothing twice.',
    )
    .argument('<file>', 'the manifest: TOML, or JSON of the same members')
    .option(
      '--by <time>',
      'the next ceremony: what falls due until this time, or to the end of this day (UTC), is done now',
      parseTimeOrDayEnd,
    )
    .option('--destroy', 'also destroy the keys whose time is over')
    .addOption(listOption())
    .addOption(withoutOption())
    .addOption(givenPinOption())
    .option('--confirm <name>', 'the name of the partition, to destroy keys without being asked')
    .action((file: string, options: Options, command: Command) => run(file, options, command, context))
}

async function run(file: string, options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const manifest = readManifest(file, context.ledgers)
  const { by, destroy: destroys = false, accept: accepted, without } = options
  for (const name of without) knownApplication(name, history)
  const request: ManifestRequest = { manifest, by, destroys, accepted, without }
  const reaching = await reachingFrom(concerned(manifest, history), without, work)
  const plan = planManifest(request, history, await work.planInputs(options), reaching)
  const isNothing = isIdle(plan) && sameJson(plan.manifest, history.conducted.manifest?.manifest ?? null)
  if (!isNothing || options.list !== undefined) await handOverList(propose(plan), options, work)
  if (isNothing && !options.dryRun)
    return terminal.answer({ data: { nothing: true }, text: 'nothing is due, and this manifest is in force already' })
  using approved = await work.approve(plan, options, async (opened) => {
    const fresh = newKinds(plan)
    if (fresh.length === 0) return
    const can = await work.abilities(opened, [...new Set(fresh.map(({ type }) => type))])
    for (const { type, attributes, accepted: taken = [] } of fresh)
      checkAbility(
        { type, backup: isExtractable(attributes), accepted: taken },
        can,
        'accept it: --accept wrap-with-trusted',
      )
  })
  if (!approved) return
  using progress = terminal.progress(
    'keys made',
    newKinds(plan).reduce((sum, { names }) => sum + names.length, 0),
  )
  const result = await carryOutWithCopies(
    plan,
    applyManifest(plan, (done) => progress.at(done)),
    approved,
    work,
  )
  if (newKinds(plan).some(({ attributes }) => isExtractable(attributes)))
    terminal.warn('no backup holds the new versions yet', keyrite('backup', 'create', 'FILE'))
  terminal.answer(changeReport(told(plan, result), result))
}

/** Where it is wanted, or is already. */
function concerned(manifest: Manifest, { applications }: History): KnownApplication[] {
  const managed = managedKeys(manifest)
  const wanted = new Set([...managed.values()].flatMap(({ deliver }) => [...(deliver?.keys() ?? [])]))
  const has = ({ copies }: KnownApplication) => [...copies.values()].some(({ name }) => managed.has(name))
  return applications.live.filter((app) => wanted.has(app.name) || has(app))
}

const newKinds = ({ batches = [] }: ManifestPlan) => batches.filter(({ fingerprints }) => fingerprints === undefined)

const DID = {
  generate: 'generated',
  publish: 'published',
  promote: 'promoted',
  rotate: 'rotated',
  deactivate: 'deactivated',
  destroy: 'destroyed',
} as const

function told(plan: ManifestPlan, { apps = [] }: Result & { apps?: readonly object[] }): string {
  const done = groupedBy(toldKeys(plan), ({ action }) => action)
  const words = [...done].map(([action, all]) => `${DID[action as keyof typeof DID]} ${counted(all.length, 'key')}`)
  const reached = apps.length > 0 ? [`reached ${counted(apps.length, 'application')}; ${RELOAD}`] : []
  return [...words, ...reached, 'the manifest is in force'].join(', ')
}
