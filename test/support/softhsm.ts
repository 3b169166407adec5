// Private SoftHSM folders: each test has tokens of its own, on tmpfs where there is one (a key takes 1 ms there, 11 on disk).
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, remove } from './folders.ts'
import { FULL } from './full.ts'

export { makeFolder, temporaryBase } from './folders.ts'

export interface TokenFolder extends Disposable {
  /** The folder itself, mode 0700. A test may keep more in it, such as a home: copyFolder takes everything along. */
  readonly dir: string
  readonly conf: string
  /** What a process needs to find these tokens. */
  readonly env: { readonly SOFTHSM2_CONF: string }
  readonly module: string
  dispose(): void
}

/** The same places as in scripts/setup.sh. */
const places = ['/usr/lib/softhsm', '/usr/lib64/pkcs11', '/usr/local/lib/softhsm', '/opt/homebrew/lib/softhsm']

function findModule(): string {
  const triplets = existsSync('/usr/lib') ? readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/softhsm`) : []
  const found = [...places, ...triplets].map((place) => join(place, 'libsofthsm2.so')).find(existsSync)
  if (found === undefined) throw new Error('softhsm is not installed; run: sh scripts/setup.sh test')
  return found
}

/** The path of SoftHSM's library. */
export const softhsm = findModule()

/** SoftHSM 2.6.1 does not hear the first of those that are to be left out. */
const NO_RSA = 'slots.mechanisms = -CKM_RSA_PKCS_KEY_PAIR_GEN,CKM_RSA_PKCS_KEY_PAIR_GEN'
let makesRsa = true

/**
 * From now on the tokens of this test process make no RSA keys: for files that begin and restore partitions again and again and are about no RSA. Each
 * time a token makes two to see whether it can, and each takes a tenth of a second. In the full run they make them all the same.
 */
export function leaveOutRsa(): void {
  makesRsa = FULL
}

/** What a partition is called that others may copy: it knows what its token can make. */
export const asMade = (name: string): string => (makesRsa ? name : `${name}-without-rsa`)

function tokenFolder(dir: string): TokenFolder {
  const conf = join(dir, 'softhsm2.conf')
  const lines = [
    `directories.tokendir = ${join(dir, 'tokens')}`,
    'objectstore.backend = file',
    'log.level = ERROR',
    'slots.removable = false',
    ...(makesRsa ? [] : [NO_RSA]),
  ]
  writeFileSync(conf, `${lines.join('\n')}\n`)
  const dispose = () => remove(dir)
  return { dir, conf, env: { SOFTHSM2_CONF: conf }, module: softhsm, dispose, [Symbol.dispose]: dispose }
}

/** A folder without tokens; SoftHSM shows one blank slot. */
export function makeTokenFolder(): TokenFolder {
  const dir = makeFolder('tokens')
  mkdirSync(join(dir, 'tokens'))
  return tokenFolder(dir)
}

/** A clone of a prepared folder, with everything that lies in it; only the configuration is written anew. `dir`: where nothing is any more. */
export function copyFolder(from: string, dir = makeFolder('tokens')): TokenFolder {
  cpSync(from, dir, { recursive: true })
  return tokenFolder(dir)
}

/** Where SoftHSM keeps the one token that has this serial, or label: both stand in the token's own file. */
export function folderOfToken({ dir }: TokenFolder, known: string): string {
  const tokens = foldersOfTokens(dir).filter((folder) => readFileSync(join(folder, 'token.object')).includes(known))
  if (tokens.length !== 1) throw new Error(`${tokens.length} tokens have ${known}`)
  return tokens[0]!
}

/** Nobody reaches that token, until this is disposed of. */
export function withoutToken(folder: TokenFolder, known: string): Disposable {
  const [at, away] = [folderOfToken(folder, known), join(folder.dir, 'away')]
  renameSync(at, away)
  return { [Symbol.dispose]: () => renameSync(away, at) }
}

/** Every token is lost. */
export function loseTokens({ dir }: TokenFolder): void {
  for (const folder of foldersOfTokens(dir)) rmSync(folder, { recursive: true })
}

const foldersOfTokens = (dir: string): string[] =>
  readdirSync(join(dir, 'tokens')).map((name) => join(dir, 'tokens', name))
