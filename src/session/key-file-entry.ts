// The key in a file that somebody brings: read, and opened by its passphrase, which is asked for where no file has it.

import { resolve } from 'node:path'
import type { Context } from '../cli/context.ts'
import { checkValueLike, checkValueOf, checkValuesOf, hasCheckValue } from '../domain/check-values.ts'
import { sha256, toHex } from '../domain/encoding.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import { checkWork, isClearKeyFile, isEncryptedKeyFile, readKeyFile } from '../domain/key-file.ts'
import type { KeyInFile, WantedKey } from '../domain/key-in-file.ts'
import type { KeyType } from '../domain/keys.ts'
import { quoted } from '../domain/names.ts'
import { checkParity, setOddParity, wrongParity } from '../domain/odd-parity.ts'
import { pairFingerprint } from '../domain/public-keys.ts'
import type { Terminal } from '../terminal/port.ts'
import { turningAway } from './share-entry.ts'

/** `fingerprint`: as the token is to tell it. */
interface BroughtKey extends KeyInFile, Disposable {
  fingerprint: string
  /** As keys of other types that are as long. */
  otherwise: readonly string[]
  source: { path: string; bytes: number; sha256: string }
  /** Some bytes of a DES key had even parity, and have not any more. */
  lacksParity: boolean
}

interface Given {
  file: string
  type?: KeyType | undefined
  /** The file with the passphrase. */
  passphraseFile?: string | undefined
  /** What its owner says that it is. */
  kcv?: string | undefined
  /** It is accepted that bytes of a DES key have even parity. */
  anyParity: boolean
}

type Ports = Pick<Context, 'quorum'> & { terminal: Terminal }

/** SECRET-FILE, SECRET-OPEN, KEY-FILE, KEY-PASSPHRASE, KEY-NUMBERS, KEY-WEAK, DES-PARITY, IMPORT-CHECK. */
export async function keyInFile(given: Given, ports: Ports): Promise<BroughtKey> {
  const path = resolve(given.file)
  const bytes = ports.quorum.readKeyFile(path, isClearKeyFile)
  try {
    const key = await opened(bytes, { path: given.file, type: given.type }, given, ports)
    const lacksParity = withParity(key, given)
    return {
      ...key,
      lacksParity,
      fingerprint: await announced(key, given),
      otherwise: key.spki ? [] : await checkValuesOf(key.value.reveal()),
      source: { path, bytes: bytes.length, sha256: toHex(sha256(bytes)) },
      [Symbol.dispose]: () => key.value[Symbol.dispose](),
    }
  } finally {
    bytes.fill(0)
  }
}

async function opened(
  bytes: Uint8Array,
  wanted: WantedKey,
  { passphraseFile }: Given,
  ports: Ports,
): Promise<KeyInFile> {
  if (!isEncryptedKeyFile(bytes)) return readKeyFile(bytes, wanted)
  checkWork(bytes, wanted)
  if (passphraseFile !== undefined) {
    using passphrase = ports.quorum.readSecretFile(passphraseFile)
    return readKeyFile(bytes, { ...wanted, passphrase: passphrase.reveal() })
  }
  return askingFor(bytes, wanted, ports.terminal)
}

/** Asks until it opens. */
async function askingFor(bytes: Uint8Array, wanted: WantedKey, terminal: Terminal): Promise<KeyInFile> {
  const turnAway = turningAway(terminal)
  for (;;) {
    using passphrase = await terminal.askSecret(`passphrase of ${wanted.path}:`, add('--in-passphrase-file', 'FILE'))
    try {
      return readKeyFile(bytes, { ...wanted, passphrase: passphrase.reveal() })
    } catch (error) {
      if (!(error instanceof KeyriteError) || error.code !== 'KEY-PASSPHRASE') throw error
      await turnAway(error)
    }
  }
}

/** DES-PARITY: a DES key gets its parity; whether it lacked some. */
function withParity({ type, value }: KeyInFile, { file, anyParity }: Given): boolean {
  if (wrongParity(type, value.reveal()) === undefined) return false
  try {
    if (!anyParity) checkParity(type, value.reveal(), `the key of ${quoted(file)}`)
  } catch (error) {
    value[Symbol.dispose]()
    throw error
  }
  setOddParity(value.reveal())
  return true
}

/** IMPORT-CHECK: its fingerprint, where it is the key that was announced. */
async function announced({ type, value, spki }: KeyInFile, { file, kcv }: Given): Promise<string> {
  const told = spki ? pairFingerprint(spki) : await checkValueOf(type, value.reveal())
  const isIt =
    kcv === undefined || told === kcv || (spki === undefined && (await hasCheckValue(kcv, type, value.reveal())))
  if (isIt) return told
  const found = (spki === undefined && (await checkValueLike(kcv, type, value.reveal()))) || told
  value[Symbol.dispose]()
  throw refused(
    'IMPORT-CHECK',
    `the key in ${quoted(file)} has the check value ${found}, and was to have ${kcv}`,
    'ask its owner which of the two is right',
  )
}
