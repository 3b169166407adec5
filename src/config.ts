// Facts of this host: which PKCS#11 library a partition is reached through. Never a secret.
import { join } from 'node:path'
import type { PartitionSettings, Settings } from './commands/context.ts'
import { exists, readOwnText } from './disk/files.ts'
import { usage } from './domain/errors.ts'
import { lazily } from './domain/lazily.ts'
import { shellQuoted } from './domain/names.ts'

const loadConf = lazily(() => import('conf'))

const pathOf = (home: string): string => join(home, 'config.json')

/**
 * HOME-OPEN, FILE-LINK: who can write this file chooses what code runs. Reading needs no library: the file is plain JSON, and conf
 * costs 80 ms to load.
 */
function readAll(home: string): Record<string, PartitionSettings> {
  if (!exists(pathOf(home))) return {}
  const text = readOwnText(pathOf(home))
  try {
    return (JSON.parse(text) as { partitions?: Record<string, PartitionSettings> }).partitions ?? {}
  } catch {
    throw usage(`${pathOf(home)} can't be read as JSON`, `jq . ${shellQuoted(pathOf(home))}`, 'CONFIG')
  }
}

export const settings: Settings = {
  read(home, partition) {
    const found = readAll(home)[partition]
    if (typeof found?.module === 'string') return found
    const hint = `{"partitions":{"${partition}":{"module":"/path/to/pkcs11.so"}}}`
    throw usage(
      `${pathOf(home)} names no PKCS#11 module for partition ${partition}`,
      `write into it: ${hint}`,
      'CONFIG',
    )
  },
  async write(home, partition, facts) {
    const all = { ...readAll(home), [partition]: facts }
    const { default: Conf } = await loadConf()
    const conf = new Conf({
      cwd: home,
      configName: 'config',
      accessPropertiesByDotNotation: false,
      configFileMode: 0o600,
    })
    conf.set('partitions', all)
  },
}
