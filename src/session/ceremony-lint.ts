// What is known of a partition when a script is held against it: its ledger, and profiles of certificates that lie where the site file says.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { placeholderIn } from '../ceremony/fill-in.ts'
import type { Profiles } from '../ceremony/lint/rules.ts'
import type { Known, KnownLedger } from '../ceremony/lint/stage.ts'
import type { CeremonyScript } from '../ceremony/script.ts'
import { type CeremonySite, siteValue } from '../ceremony/site.ts'
import { profileReaders } from '../change/authority-profiles.ts'
import { backupsByKey } from '../change/inventory.ts'
import type { Context, Globals } from '../cli/context.ts'
import { KeyriteError } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { label } from '../domain/names.ts'

/** `history`: of the partition, as far as this machine has it. */
export function knownOf(
  { script }: { script: CeremonyScript },
  site: { site: CeremonySite } | undefined,
  history: History | undefined,
  context: Pick<Context, 'sources' | 'ledgers'>,
  isTwin?: true,
): Known {
  const profiles = site ? profilesOf(script, site.site, context) : undefined
  return {
    ...(history ? { ledger: ledgerOf(history, context) } : {}),
    ...(isTwin ? { isTwin } : {}),
    ...(profiles ? { profiles } : {}),
  }
}

/** With the ledger of the partition, where it is in this home: the partition may begin in the ceremony. */
export function knownHere(
  script: { script: CeremonyScript },
  site: { site: CeremonySite } | undefined,
  { home }: Globals,
  context: Pick<Context, 'sources' | 'ledgers'>,
  isTwin?: true,
): Known {
  const partition = context.ledgers.partition(home, script.script.partition)
  return knownOf(script, site, partition.hasLedger ? partition.openLedger().history : undefined, context, isTwin)
}

function ledgerOf(history: History, { sources }: Pick<Context, 'sources'>): KnownLedger {
  const backupsOf = backupsByKey(history)
  const now = sources.clock().toISOString()
  return { history, now, isBacked: (key) => backupsOf(key).length > 0 }
}

/** Those that are there: media may come later. */
function profilesOf(script: CeremonyScript, site: CeremonySite, { ledgers }: Pick<Context, 'ledgers'>): Profiles {
  const found = new Map<string, ReturnType<typeof profileIn>>()
  for (const step of script.steps) {
    if (step.kind !== 'run') continue
    const read = profileReaders[step.run.slice(0, 2).join(' ')]
    const value = step.run
      .slice(2)
      .map(placeholderIn)
      .find((one) => one?.from === 'site')?.name
    const path = value === undefined ? undefined : siteValue(site, value)
    if (!read || path === undefined || !existsSync(resolve(path))) continue
    found.set(
      `{site.${value}}`,
      profileIn(path, () => read(ledgers.readText(resolve(path)), path)),
    )
  }
  return found
}

function profileIn(path: string, read: () => ReturnType<(typeof profileReaders)[string]>) {
  try {
    const profile = read()
    const { name, version } = profile.key
    const serial = 'serial' in profile ? profile.serial : undefined
    return { key: version === undefined ? name : label(name, version), ...(serial === undefined ? {} : { serial }) }
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    return { wrong: error.message.includes(path) ? error.message : `${path}: ${error.message}` }
  }
}
