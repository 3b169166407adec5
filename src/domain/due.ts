// What a manifest wants of a partition, and is not so: keys that are missing, versions that are due, copies that applications lack or are
// to have no more, and duties. One function judges; lists, plans and reports read what it says.
import { dueCopies } from './due-copies.ts'
import { dueOfKey } from './due-keys.ts'
import {
  DUE_ACTIONS,
  type Due,
  type Judgement,
  type Judging,
  type KeyAtApp,
  type Present,
  type Remark,
} from './due-shapes.ts'
import { dutiesOf } from './duties.ts'
import { groupedBy } from './grouped.ts'
import type { History } from './history.ts'
import { type ManagedKey, type Manifest, managedKeys } from './manifest.ts'

export function judge(manifest: Manifest, history: History, judging: Judging): Judgement {
  const present = presentIn(history, judging)
  const managed = managedKeys(manifest)
  const judged = [...managed.values()].map((key) => [key, dueOfKey(key, present)] as const)
  const copies = judged.map(([key, found]) => dueCopies(key, found, present))
  return {
    due: inOrder([...judged.flatMap(([, { due }]) => due), ...copies.flatMap(({ due }) => due)]),
    copies: copies.flatMap((one) => one.copies),
    differs: judged.flatMap(([, { differs }]) => differs),
    remarks: [...judged.flatMap(([, { remarks }]) => remarks), ...unknownApps(managed.values(), present)],
    unmanaged: [...history.keys].filter(({ name, state }) => state !== 'destroyed' && !managed.has(name)),
    duties: dutiesOf(manifest, history, judging),
  }
}

function presentIn(history: History, judging: Judging): Present {
  const { live } = history.applications
  const copies = live.flatMap((app) => [...app.copies.values()].map((copy): KeyAtApp => ({ app, copy })))
  return {
    ...judging,
    history,
    versions: groupedBy(history.keys, ({ name }) => name),
    copies: groupedBy(copies, ({ copy }) => copy.name),
    apps: new Map(live.map((app) => [app.name, app])),
    widths: widthsIn(history),
  }
}

function widthsIn({ keys }: History): Map<string, Set<number>> {
  const widths = new Map<string, Set<number>>()
  for (const { name } of keys) {
    const [, base = '', digits] = /^(.*)-(\d+)$/.exec(name) ?? []
    if (digits === undefined) continue
    if (!widths.has(base)) widths.set(base, new Set())
    widths.get(base)!.add(digits.length)
  }
  return widths
}

/** Each once, and not with every key. */
function unknownApps(keys: Iterable<ManagedKey>, { apps }: Present): Remark[] {
  const wanted = new Set([...keys].flatMap(({ deliver }) => [...(deliver?.keys() ?? [])]))
  return [...wanted].filter((app) => !apps.has(app)).map((name) => ({ name, what: 'no application is called so' }))
}

function inOrder(all: Due[]): Due[] {
  const place = ({ action }: Due) => DUE_ACTIONS.indexOf(action)
  const text = ({ policy, name, app = '' }: Due) => `${policy}\n${name}\n${app}`
  const compared = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return all
    .map((one) => ({ one, place: place(one), text: text(one) }))
    .sort((a, b) => a.place - b.place || compared(a.text, b.text) || a.one.version - b.one.version)
    .map(({ one }) => one)
}
