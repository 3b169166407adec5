// Templates with a step taken out, two exchanged, another key, version, state or file: what lint lets through has to be possible, and is carried out here without people.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { lintScript } from '../../src/ceremony/lint/lint.ts'
import { Stage } from '../../src/ceremony/lint/stage.ts'
import { beginningIn, type CeremonyScript, parseScript } from '../../src/ceremony/script.ts'
import { parseSite, siteValue } from '../../src/ceremony/site.ts'
import type { CeremonyStep, StepOf } from '../../src/ceremony/step.ts'
import { siteText } from '../../src/ceremony/templates/site-text.ts'
import { templateText } from '../../src/ceremony/templates/templates.ts'
import { kindsOf, type ValueKind } from '../../src/ceremony/twin/values.ts'
import { filledIn } from '../support/ceremony-people.ts'
import { parsed } from '../support/ceremony-script.ts'
import { by, CUSTODIANS, partition, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'
import type { Trial } from './templates.ts'

interface Mutant {
  what: string
  steps: CeremonyStep[]
}

type Run = StepOf<'run'>
const isRun = (step: CeremonyStep): step is Run => step.kind === 'run'

/** One change each. */
function* mutantsOf(steps: readonly CeremonyStep[]): Generator<Mutant> {
  for (const [i, { id }] of steps.entries()) {
    yield { what: `without ${id}`, steps: steps.toSpliced(i, 1) }
    for (const [j, other] of steps.entries())
      if (j > i) {
        const exchanged = [...steps]
        exchanged[i] = other
        exchanged[j] = steps[i]!
        yield { what: `${id} and ${other.id} exchanged`, steps: exchanged }
      }
    yield { what: `${id} twice`, steps: steps.toSpliced(i, 0, { ...steps[i]!, id: `${id}.again` }) }
  }
  for (const [i, step] of steps.entries())
    for (const [what, other] of changed(step)) yield { what: `${step.id} ${what}`, steps: steps.with(i, other) }
}

function* changed(step: CeremonyStep): Generator<[string, CeremonyStep]> {
  if (step.kind === 'compare' && step.of !== undefined) {
    yield ['of another key', { ...step, of: 'no/such#1' }]
    yield ['of a later version', { ...step, of: step.of.replace(/\d+$/, '9') }]
  }
  if (!isRun(step)) return
  const key = step.run.findIndex((word, i) => i >= 2 && /^[a-z]+\/[a-z-]+(#\d)?$/.test(word))
  const inKey = (word: string): Run => ({ ...step, run: step.run.with(key, word) })
  if (step.run[0] === 'key' && key !== -1) {
    yield ['of a key that is missing', inKey(step.run[key]!.replace(/^[a-z]+/, 'nowhere'))]
    for (const version of [1, 2, 3, 4])
      yield [`of version ${version}`, inKey(`${step.run[key]!.split('#')[0]}#${version}`)]
    for (const verb of ['activate', 'suspend', 'resume', 'deactivate', 'compromise', 'destroy', 'rotate'])
      yield [`as key ${verb}`, { ...step, run: ['key', verb, step.run[key]!, '--reason', 'why'], expect: { exit: 0 } }]
  }
  for (const [one] of Object.entries(step.expect?.state ?? {}))
    for (const state of ['pre-active', 'active', 'suspended', 'deactivated', 'compromised', 'destroyed'] as const)
      yield [
        `expects ${one} to be ${state}`,
        { ...step, expect: { ...step.expect, state: { ...step.expect?.state, [one]: state } } },
      ]
  for (const [i, word] of step.run.entries())
    if (/^\{site\./.test(word) && !['--copy', '--shares-dir'].includes(step.run[i - 1]!))
      yield [`with another ${word}`, { ...step, run: step.run.with(i, '{site.other}') }]
}

/** What a script does to a partition: steps that only people take can't fail here. */
const commandsOf = (steps: readonly CeremonyStep[]): string =>
  JSON.stringify(steps.filter(isRun).map(({ run, expect }) => [run, expect]))

export async function tryMutants(trial: Trial): Promise<void> {
  const text = templateText(trial.template, 'trial', trial.partition)
  const script = parseScript(text)
  const site = parseSite(filledIn(siteText(script)))
  const other = { ...site, values: { ...site.values, other: '/media/other' } }
  const known = new Set([commandsOf(script.steps)])
  const wrong: string[] = []
  for (const { what, steps } of mutantsOf(script.steps)) {
    const mutant = { ...script, steps }
    if (known.has(commandsOf(steps)) || !isRead(mutant)) continue
    if (lintScript(mutant, other, parsed).problems.length > 0) continue
    known.add(commandsOf(steps))
    // Where it does not begin a partition it is of one that is there.
    using place = await (beginningIn(mutant) || !beginningIn(script) ? trial.place() : partition())
    const failed = await carryOut(mutant, (name) => siteValue(site, name) ?? `/media/${name}`, place, trial)
    if (failed !== undefined) wrong.push(`${what}: ${failed}`)
  }
  assert.deepEqual(wrong, [])
  assert.ok(known.size > 1, 'lint let nothing through')
}

/** As a file would be: an id is no longer than it may be. */
const isRead = ({ steps }: CeremonyScript): boolean => steps.every(({ id }) => id.length <= 16)

/** The first step that does not end as it should, and why. */
async function carryOut(
  script: CeremonyScript,
  replace: (name: string) => string,
  place: TestPartition,
  trial: Trial,
): Promise<string | undefined> {
  for (const folder of [...CUSTODIANS, 'dan', 'shares', 'out'])
    mkdirSync(place.path('media', folder), { recursive: true, mode: 0o700 })
  const kinds = kindsOf(
    new Stage(script, undefined, parsed).steps.flatMap(({ line }) => line ?? []),
    [],
  )
  trial.bring?.(place)
  const onPlace = (name: string) => valueAs(kinds.get(name), replace(name), place)
  await bring(kinds, onPlace, place)
  // A rehearsal says at its beginning that a file is missing which the site file names.
  if ([...kinds].some(([name, kind]) => kind === 'input' && !existsSync(onPlace(name)))) return undefined
  for (const step of script.steps.filter(isRun)) {
    const words = step.run.map((word) => filled(word, onPlace))
    const { code, json } = await place.keyrite([...words, ...flagsFor(words, step, place)])
    if (code !== (step.expect?.exit ?? 0))
      return `${step.id}: keyrite ${words.slice(0, 3).join(' ')}: ${json?.error?.message ?? code}`
    for (const [key, state] of Object.entries(step.expect?.state ?? {})) {
      const found = (await place.keyrite(['key', 'show', key])).json?.data?.state
      if (found !== state) return `${step.id}: ${key} is ${found}, and not ${state}`
    }
  }
  return undefined
}

/** Folders, and backups that the script reads and does not make, are there before, as on a twin. */
async function bring(kinds: ReadonlyMap<string, ValueKind>, value: (name: string) => string, place: TestPartition) {
  for (const [name, kind] of kinds) {
    const path = value(name)
    if (kind === 'folder') mkdirSync(path.replace(/^[a-z]+=/, ''), { recursive: true, mode: 0o700 })
    if (kind === 'backup' && !existsSync(path) && existsSync(place.ledger))
      await place.data('backup', 'create', path, ...by(place))
  }
}

const valueAs = (kind: ValueKind | undefined, value: string, place: TestPartition): string =>
  kind === 'module' ? softhsm : value.replace('/media/', `${place.path('media')}/`)

function filled(word: string, value: (name: string) => string): string {
  const [, name] = /^\{site\.(.*)\}$/.exec(word) ?? []
  return name === undefined ? word : value(name)
}

/** In the place of people. */
function flagsFor(words: readonly string[], { quorum }: Run, place: TestPartition): string[] {
  const [noun, verb, ...rest] = words
  const plain = ['partition init', 'quorum replace'].includes(`${noun} ${verb}`) ? ['--unsafe-plain-shares'] : []
  if (verb === 'init') return plain
  if (!quorum) return []
  const named = verb === 'destroy' ? ['--confirm', rest[0]!] : verb === 'replace' ? ['--confirm', 'custodians'] : []
  return [...plain, ...named, ...sharesIn(place)]
}

/** Of two who have some: those of the newest epoch once there are any. */
function sharesIn(place: TestPartition): string[] {
  const newer = place.path('media', 'shares')
  const made = existsSync(newer)
    ? readdirSync(newer)
        .filter((name) => name.includes('.share.'))
        .sort()
    : []
  if (made.length > 0) return made.slice(0, 2).flatMap((name) => ['--share', join(newer, name)])
  const own = ['alice', 'bob'].map((name) => place.path('media', name, `${name}.share.txt`))
  return own.every(existsSync) ? own.flatMap((file) => ['--share', file]) : by(place)
}
