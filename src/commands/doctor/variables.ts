// Variables of the environment that matter, by their names: a value may be somebody's secret.
import { existsSync } from 'node:fs'
import { VARIABLES } from '../../cli/topics.ts'
import { isDropped, isLoaders } from '../../domain/environment.ts'
import { escaped, shellQuoted } from '../../domain/names.ts'
import { closestMatch } from '../../domain/words.ts'
import { type Finding, ok, warning } from './checks.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Where modules look for their configuration file. */
const FILES = ['SOFTHSM2_CONF', 'YUBIHSM_PKCS11_CONF', 'CS_PKCS11_R3_CFG', 'KRYOPTIC_CONF']
const OURS = VARIABLES.entries.map(([name]) => name)
const KNOWN = [...OURS, ...FILES]

export function variables(env: Env): Finding {
  const foreign = Object.keys(env).filter((name) => (isDropped(name) || isLoaders(name)) && env[name] !== '')
  if (foreign.length > 0)
    return warning(`${foreign.map(escaped).join(', ')}: code of others may run in our processes`, withdrawn(foreign))
  const lost = FILES.filter((name) => env[name] && !existsSync(env[name]))
  if (lost.length > 0)
    return warning(`${lost.join(', ')}: the file is not there`, `ls -l ${lost.map(dollar).join(' ')}`)
  const strange = Object.keys(env).filter((name) => name.startsWith('KEYRITE_') && !OURS.includes(name))
  if (strange.length > 0)
    return warning(`${strange.map(inWords).join(', ')}`, `unset ${strange.map(shellQuoted).join(' ')}`)
  const set = KNOWN.filter((name) => env[name])
  const unset = ['KEYRITE_HOME', 'SOFTHSM2_CONF'].filter((name) => !env[name])
  return ok([...set.map((name) => `${name} is set`), ...unset.map((name) => `${name} is not set`)].join(', '))
}

/** A misspelt variable would send a command to the wrong partition. */
function inWords(name: string): string {
  const near = closestMatch(name, OURS)
  return `${escaped(name)} says nothing to keyrite${near ? `; ${near} does` : ''}`
}

const dollar = (name: string): string => `"$${name}"`

/** bin/keyrite takes those of node and OpenSSL away by itself. */
const withdrawn = (names: readonly string[]): string =>
  names.every(isDropped) ? 'start it by bin/keyrite' : `unset ${names.join(' ')}`
