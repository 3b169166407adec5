// What the letters of a key block mean (ANSI X9.143, 6.3; ISO 20038), for people. What stands in no table is shown as it is.
import { blockHeaderIn } from './block-meaning.ts'
import { type KeyBlock, type OptionalBlock, optionalBlocksOf } from './key-block.ts'

type Words = { readonly [code: string]: string }

const VERSIONS: Words = {
  A: 'TDES, keys by variants (obsolete)',
  B: 'TDES, keys by derivation',
  C: 'TDES, keys by variants',
  D: 'AES-CBC, keys by derivation',
  E: 'AES-CTR, keys by derivation (ISO 20038)',
}

const USAGES: Words = {
  B0: 'base derivation key (DUKPT)',
  B1: 'initial DUKPT key',
  B2: 'base key variant key',
  B3: 'key derivation key',
  C0: 'card verification key',
  D0: 'symmetric key for data',
  D1: 'asymmetric key for data',
  D2: 'key for a decimalization table',
  D3: 'key for sensitive data',
  E0: 'EMV issuer master key: application cryptograms',
  E1: 'EMV issuer master key: secure messaging, confidentiality',
  E2: 'EMV issuer master key: secure messaging, integrity',
  E3: 'EMV issuer master key: data authentication code',
  E4: 'EMV issuer master key: dynamic numbers',
  E5: 'EMV issuer master key: card personalization',
  E6: 'EMV issuer master key: other',
  E7: 'EMV pair for PIN encryption',
  I0: 'initialization vector',
  K0: 'key that wraps keys',
  K1: 'key that protects key blocks',
  K2: 'pair of a TR-34 receiver',
  K3: 'pair that wraps keys or agrees on them',
  K4: 'key that protects key blocks (ISO 20038)',
  M0: 'MAC key, ISO 16609 algorithm 1',
  M1: 'MAC key, ISO 9797-1 algorithm 1',
  M2: 'MAC key, ISO 9797-1 algorithm 2',
  M3: 'MAC key, ISO 9797-1 algorithm 3 (retail MAC)',
  M4: 'MAC key, ISO 9797-1 algorithm 4',
  M5: 'MAC key, ISO 9797-1:1999 algorithm 5',
  M6: 'MAC key, CMAC',
  M7: 'HMAC key',
  M8: 'MAC key, ISO 9797-1 algorithm 6',
  P0: 'PIN encryption key',
  P1: 'PIN generation key',
  S0: 'pair for signatures',
  S1: 'pair of a certificate authority',
  S2: 'pair for other uses',
  V0: 'PIN verification key',
  V1: 'PIN verification key, IBM 3624',
  V2: 'PIN verification key, VISA PVV',
  V3: 'PIN verification key, X9.132 algorithm 1',
  V4: 'PIN verification key, X9.132 algorithm 2',
  V5: 'PIN verification key, X9.132 algorithm 3',
}

const ALGORITHMS: Words = {
  A: 'AES',
  D: 'single DES',
  E: 'elliptic curve',
  H: 'HMAC',
  I: 'HMAC with SHA-2',
  J: 'HMAC with SHA-3',
  R: 'RSA',
  S: 'DSA',
  T: 'triple DES',
}

const MODES: Words = {
  B: 'encrypts and decrypts, or wraps and unwraps',
  C: 'makes and verifies MACs',
  D: 'decrypts or unwraps',
  E: 'encrypts or wraps',
  G: 'makes MACs',
  N: 'whatever its usage has',
  S: 'signs',
  V: 'verifies',
  X: 'derives keys',
  Y: 'makes variants of keys',
}

const EXPORTABILITY: Words = {
  E: 'under a key that protects key blocks',
  N: 'never',
  S: 'in other ways too',
}

const CONTEXTS: Words = { 0: 'as the key that protects it', 1: 'for storage', 2: 'for exchange' }

const BLOCKS: Words = {
  AL: 'life of the pair',
  BI: 'id of the base derivation key',
  CT: 'certificate',
  DA: 'allowed derivations',
  FL: 'flags',
  HM: 'hash of the HMAC',
  IK: 'id of the initial key',
  KC: 'check value of the key',
  KP: 'check value of the key that protects it',
  KS: 'key serial number',
  KV: 'versions of values',
  LB: 'label',
  PB: 'padding',
  PK: 'check value of the exporting key',
  TC: 'made',
  TS: 'time stamp',
  WP: 'wrapping pedigree',
}

const HASHES: Words = {
  10: 'SHA-1',
  20: 'SHA-224',
  21: 'SHA-256',
  22: 'SHA-384',
  23: 'SHA-512',
  24: 'SHA-512/224',
  25: 'SHA-512/256',
  30: 'SHA3-224',
  31: 'SHA3-256',
  32: 'SHA3-384',
  33: 'SHA3-512',
  40: 'SHAKE128',
  41: 'SHAKE256',
}
const PEDIGREES: Words = {
  '000': 'never under a key that is weaker',
  '001': 'it was under a key that is weaker',
  '002': 'it was under a pair that quantum computers may open',
  '003': 'it was under a pair that quantum computers may open, and under a key that is weaker',
}
const KCV_METHODS: Words = { '00': 'by encryption', '01': 'by CMAC' }

const told = (code: string, words: Words): string => {
  const word = words[code]
  return word === undefined ? `${code}, in no standard` : `${code}, ${word}`
}

/** What a block says, one line each. */
export function keyBlockFacts(block: KeyBlock): { readonly [name: string]: string | number } {
  const { version, usage, algorithm, mode, keyVersion, exportability, context, optional, encrypted, mac } = block
  return {
    version: told(version, VERSIONS),
    usage: told(usage, USAGES),
    algorithm: told(algorithm, ALGORITHMS),
    mode: told(mode, MODES),
    keyVersion: keyVersionInWords(keyVersion),
    exportable: told(exportability, EXPORTABILITY),
    context: told(context, CONTEXTS),
    ...Object.fromEntries(optional.map((one, i) => [`optional${i + 1}`, optionalInWords(one)])),
    encrypted: `${encrypted.length / 2} bytes`,
    mac: `${mac.length / 2} bytes`,
  }
}

/** The same of the header alone, as far as it decides what the key may. */
export function keyBlockHeaderFacts(header: string): {
  usage: string
  algorithm: string
  mode: string
  exportable: string
} {
  const { usage, algorithm, mode, exportability } = blockHeaderIn(header)
  return {
    usage: told(usage, USAGES),
    algorithm: told(algorithm, ALGORITHMS),
    mode: told(mode, MODES),
    exportable: told(exportability, EXPORTABILITY),
  }
}

function keyVersionInWords(text: string): string {
  if (text === '00') return '00, not used'
  return text.startsWith('c') ? `${text}, component ${text.slice(1)} of a key` : text
}

/** Longer than this it is what machines read. */
const READABLE = 64

/** What it says besides, of a header alone: padding left out. */
export const optionalWords = (header: string): string[] =>
  optionalBlocksOf(header)
    .filter(({ id }) => id !== 'PB')
    .map((one) => `${optionalInWords(one)}${BLOCKS[one.id] ? '' : ': it is not obeyed'}`)

function optionalInWords({ id, data }: OptionalBlock): string {
  const name = told(id, BLOCKS)
  if (id === 'PB') return `${name}, ${data.length} characters`
  if (id === 'WP') return `${name}: ${PEDIGREES[data] ?? data}`
  if (id === 'HM') return `${name}: ${HASHES[data] ?? data}`
  if ((id === 'KC' || id === 'KP' || id === 'PK') && KCV_METHODS[data.slice(0, 2)])
    return `${name}: ${data.slice(2)}, ${KCV_METHODS[data.slice(0, 2)]}`
  return data.length > READABLE ? `${name}, ${data.length} characters` : `${name}: ${data}`
}
