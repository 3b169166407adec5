// Facts of this host: which PKCS#11 library a partition is reached through. Never a secret.
import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PartitionSettings, Settings } from './commands/context.ts'
import { refused, usage } from './domain/errors.ts'
import { shellQuoted } from './domain/names.ts'

const pathOf = (home: string): string => join(home, 'config.json')

/** Reading needs no library: the file is plain JSON, and conf costs 80 ms to load. */
function readAll(home: string): Record<string, PartitionSettings> {
  try {
    const fd = openSync(pathOf(home), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      return (
        (JSON.parse(readFileSync(fd, 'utf8')) as { partitions?: Record<string, PartitionSettings> }).partitions ?? {}
      )
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return {}
    if (code === 'ELOOP')
      throw refused('FILE-LINK', `${pathOf(home)} is a symbolic link`, `ls -l ${shellQuoted(pathOf(home))}`)
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
    const { default: Conf } = await import('conf')
    const conf = new Conf({
      cwd: home,
      configName: 'config',
      accessPropertiesByDotNotation: false,
      configFileMode: 0o600,
    })
    conf.set('partitions', all)
  },
}
