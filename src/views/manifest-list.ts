// Everything that the plan of a manifest is, a line for each entry, key and copy: on the screen many are told together.
import { judgedBeside } from '../change/judged-manifest.ts'
import { reachedApps } from '../domain/copies.ts'
import type { History } from '../domain/history.ts'
import { standingOf } from '../domain/keys.ts'
import type { ManifestPlan } from '../domain/manifest-plan.ts'
import { label } from '../domain/names.ts'
import { inPlain } from '../terminal/render.ts'
import { type Field, runsOf, textOf } from '../terminal/text.ts'
import { dutyInWords, remarkInWords } from './due-view.ts'
import { saidOf, type ToldKey, toldKeys } from './manifest-keys.ts'
import { entryRows, manifestDigest, manifestRows } from './manifest-words.ts'
import { copyRuns } from './plan-applications.ts'

/** Text of lines that end in LF. `code`: that everybody approves, in the first; elsewhere it is not told, but read to whoever approves. */
export function manifestList(plan: ManifestPlan, history: History, code?: string): string {
  const now = new Date(plan.created)
  const before = history.conducted.manifest?.manifest
  const { due, differs, remarks, unmanaged, duties } = judgedBeside(plan, history, now)
  const lines = [
    code === undefined ? `plan of ${plan.created}` : `plan ${code}`,
    `manifest  sha256 ${manifestDigest(plan.manifest)}`,
    ...[...manifestRows(plan.manifest, before), ...entryRows(plan.manifest, before)].map(lineOf),
    ...toldKeys(plan).flatMap(linesOf(saidOf(plan, history))),
    ...reachedApps(plan).flatMap((app) => {
      const known = history.applications.named(app.name)
      const left = app.without ? '; left out now' : ''
      return app.copies.map((copy) => {
        const runs = copyRuns(copy, known?.copies.get(label(copy.name, copy.version)))
        return `${app.name}  ${runs.map(textOf).join('')}${left}`
      })
    }),
    ...due.flatMap(({ action, name, version, app, waits }) =>
      waits === undefined
        ? []
        : [`waits  ${action} ${label(name, version)}${app === undefined ? '' : ` at ${app}`}  ${waits}`],
    ),
    ...differs.map((one) => `differs  ${remarkInWords(one)}`),
    ...remarks.map((one) => `note  ${remarkInWords(one)}`),
    ...duties.filter(({ isDue }) => isDue).map((one) => `duty  ${dutyInWords(one)}`),
    ...unmanaged.map(({ name, version }) => `let be  ${label(name, version)}`),
  ]
  return `${inPlain(lines)}\n`
}

const lineOf = ([name, value]: Field): string =>
  `${name}  ${runsOf(value ?? '')
    .map(textOf)
    .join('')}`

/** Of what gives way to it too. */
const linesOf =
  (saidOfKey: (told: ToldKey) => Field[]) =>
  (told: ToldKey): string[] => {
    const { key, old, action, policy } = told
    const said = saidOfKey(told).filter(([, value]) => value !== undefined)
    const head = [action, label(key.name, key.version), policy, key.type, `becomes ${standingOf(key)}`]
    const line = [...head, key.fingerprint ?? 'new', ...said.map(lineOf)].join('  ')
    return old ? [line, `deactivate  ${label(old.name, old.version)}  ${old.fingerprint}`] : [line]
  }
