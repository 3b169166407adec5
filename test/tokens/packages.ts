// What the modules need of Debian: what is missing is installed by root, and named to others.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { TokenModule } from './modules.ts'

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query reads it so
const FORMAT = '${db:Status-Status} ${Version}'

export function versionOf(name: string): string | undefined {
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f', FORMAT, name], {
    encoding: 'utf8',
  })
  return status === 0 && stdout.startsWith('installed ') ? stdout.slice('installed '.length) : undefined
}

/** As its makers count it, without what Debian adds. */
export const shortVersion = ({ packages: [first = ''] }: TokenModule): string =>
  versionOf(first)?.replace(/^\d+:|-[^-]*$/g, '') ?? '-'

/** False where somebody else has to do it: it was said what. */
export function install(wanted: ReadonlySet<string>): boolean {
  const missing = [...wanted].filter((name) => versionOf(name) === undefined)
  if (missing.length === 0) return true
  if (process.getuid?.() !== 0) {
    const line = `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`
    process.stderr.write(`tokens: packages are missing; run this, then start again:\n  ${line}\n`)
    return false
  }
  process.stderr.write(`tokens: installing ${missing.join(' ')}\n`)
  return apt('update') && apt('install', '-y', '--no-install-recommends', ...missing)
}

function apt(...args: string[]): boolean {
  // The index of a suite that is at rest may be older than it says it may be.
  const options = ['-qq', '-o', 'Acquire::Check-Valid-Until=false']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', [...options, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}

/** As scripts/suite.mjs calls it: unstable itself goes by the name of what comes next. */
export function suiteHere(): string {
  if (process.env.KEYRITE_TOKENS_SUITE) return process.env.KEYRITE_TOKENS_SUITE
  const release = readFileSync('/etc/os-release', 'utf8')
  return /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1] ?? 'unknown'
}
