// keyrite key import --components, and key generate --issue-components: a key of which each of several people knows a part, and nobody the whole.

import { bringValue } from '../../../change/bring-value.ts'
import type { Result } from '../../../change/execute.ts'
import { checkCanTake } from '../../../change/import-ability.ts'
import { usagesFor } from '../../../change/operations/generate-keys.ts'
import { checkNameFree, importKey, planImport } from '../../../change/operations/import-key.ts'
import type { PlanInputs } from '../../../change/plan-header.ts'
import { chooseWord } from '../../../cli/ask.ts'
import type { ChangeOptions } from '../../../cli/options.ts'
import { checkValueLike, checkValueOf, checkValuesOf, hasCheckValue, toCompare } from '../../../domain/check-values.ts'
import { KeyriteError, refused, usage } from '../../../domain/errors.ts'
import { add } from '../../../domain/hints.ts'
import { type KeyType, secretLength, type Usage } from '../../../domain/keys.ts'
import { type KeyName, label } from '../../../domain/names.ts'
import { ACCEPTS_PARITY } from '../../../domain/odd-parity.ts'
import { isOfKeys } from '../../../domain/plan-shapes.ts'
import { typesMadeBy } from '../../../domain/profile.ts'
import type { ChangeSession } from '../../../session/change-session.ts'
import { type Components, type ComponentsWanted, checkFiles, takeComponents } from '../../../session/component-entry.ts'
import { checkWaysOut, handOutComponents, makeComponents } from '../../../session/issue-components.ts'
import { changeReport } from '../../../views/report.ts'

/** What the key is to be. */
interface NewKeyOptions extends ChangeOptions {
  type?: KeyType
  usage?: Usage[]
  backup: boolean
  componentFile: string[]
}

export interface Options extends NewKeyOptions {
  components?: number
  kcv?: string
}

/** Components that people have. */
export async function run(name: KeyName, count: number, options: Options, work: ChangeSession): Promise<void> {
  const wanted = await wantedOf(name, count, options, work)
  checkFiles(wanted, work.terminal)
  const inputs = await prepared(wanted, options, work)
  using components = await takeComponents(wanted, portsOf(work))
  await bring(components, wanted, options, inputs, work)
}

/** Components that are made here, and handed out. Under --dry-run nobody sees one. */
export async function issue(name: KeyName, count: number, options: NewKeyOptions, work: ChangeSession): Promise<void> {
  const { context, globals, terminal } = work
  const wanted = await wantedOf(name, count, options, work)
  checkWaysOut(wanted, terminal)
  context.ledgers.checkFree(wanted.files, globals.home)
  const inputs = await prepared(wanted, options, work)
  using components = await makeComponents(wanted, (bytes) => context.sources.random(bytes))
  if (options.dryRun) return await bring(components, wanted, options, inputs, work, true)
  const files = await handOutComponents(components, wanted, portsOf(work))
  try {
    await bring(components, wanted, options, inputs, work, true)
  } catch (error) {
    if (error instanceof KeyriteError && error.changed === false) files.remove()
    throw error
  }
}

const portsOf = ({ context, terminal }: ChangeSession) => ({ terminal, quorum: context.quorum })

async function wantedOf(
  name: KeyName,
  count: number,
  { type: given, componentFile, accept, kcv }: NewKeyOptions & Pick<Options, 'kcv'>,
  { history, terminal }: ChangeSession,
): Promise<ComponentsWanted> {
  const types = typesMadeBy(history.profile).filter((one) => secretLength(one) !== undefined)
  const type = given ?? (await chooseWord('type:', add('--type', 'TYPE'), types, terminal))
  if (secretLength(type) === undefined)
    throw usage(`${type} is a pair: only secret keys come in components`, `one of: ${types.join(', ')}`)
  return { name, type, count, kcv, files: componentFile, anyParity: accept.includes(ACCEPTS_PARITY) }
}

/** KEY-NEW, USAGE-POSSIBLE, MECHANISM, BACKUP-POSSIBLE: nobody types or writes a component in vain. */
async function prepared(
  { name, type }: ComponentsWanted,
  options: NewKeyOptions,
  work: ChangeSession,
): Promise<PlanInputs> {
  const { usage: wanted, backup, accept, dryRun } = options
  checkNameFree(name, work.history)
  usagesFor({ type, usage: wanted })
  const inputs = await work.planInputs(options)
  if (!dryRun) checkCanTake({ type, backup, accepted: accept }, await work.abilities(await work.openToken(), [type]))
  return inputs
}

/** IMPORT-CHECK: the plan says what every component and the key is, and then the token has it. */
async function bring(
  components: Components,
  { name, type }: ComponentsWanted,
  options: NewKeyOptions & { kcv?: string },
  inputs: PlanInputs,
  work: ChangeSession,
  issued = false,
): Promise<void> {
  const { usage: wanted, backup, accept, kcv } = options
  using value = components.join()
  const fingerprint = await checkValueOf(type, value.reveal())
  if (kcv !== undefined && !(await hasCheckValue(kcv, type, value.reveal()))) {
    const found = (await checkValueLike(kcv, type, value.reveal())) ?? fingerprint
    throw refused('IMPORT-CHECK', `the components make a key with the kcv ${found}, and ${kcv} was announced`, ASK)
  }
  const origin = {
    kind: 'components' as const,
    components: components.checks,
    ...(issued ? { issued: true as const } : {}),
    clearOnHost: true as const,
  }
  const request = {
    name,
    type,
    usage: wanted,
    backup,
    origin,
    check: toCompare(fingerprint, kcv),
    otherwise: await checkValuesOf(value.reveal()),
    accepted: accept.filter(isOfKeys),
    lacksParity: components.lackParity,
  }
  const plan = planImport(request, work.history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const operation = importKey(plan, (session, at) =>
    bringValue(plan.keys[0], { value, fingerprint }, session, work.context.sources, at),
  )
  const result = await approved.carryOut(operation)
  work.terminal.answer(changeReport(told(result, issued), result))
}

const ASK =
  'each component has to be the one of this key: compare its kcv with the form, and ask the sender for that of the key'

const told = ({ keys: [key] }: Result, issued: boolean): string =>
  `${issued ? 'generated' : 'imported'} ${label(key!.name, key!.version)}: ${key!.state}, ${key!.fingerprint}`
