// The numbers of a key pair that somebody else made: node and tokens take what is no key, or a key that others can reckon from its public half.
// Each check gives a sentence about what is wrong, or undefined.
import {
  checkPrimeSync,
  createECDH,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { fromBase64url, toHex } from './encoding.ts'
import { isSoundEd25519, publicKeyOrNone } from './public-keys.ts'

const bigOf = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes) || '0'}`)
const numberOf = (text = ''): bigint => bigOf(fromBase64url(text))
const bitsOf = (n: bigint): number => (n === 0n ? 0 : n.toString(2).length)
const isPrime = (n: bigint): boolean => n > 1n && checkPrimeSync(n)

/** `spki`: DER of any pair that is RSA, EC or Ed25519. */
export function wrongPublicKey(spki: Uint8Array): string | undefined {
  const key = publicKeyOrNone(spki)
  if (key === undefined) return 'its public key is none'
  if (key.asymmetricKeyType === 'ed25519')
    return isSoundEd25519(spki.subarray(12)) ? undefined : 'its public key is a point under which anybody can sign'
  if (key.asymmetricKeyType !== 'rsa') return undefined
  const { n, e } = key.export({ format: 'jwk' })
  return wrongModulus(numberOf(n)) ?? wrongExponent(numberOf(e))
}

const LEAST_BITS = 2048

/** SP 800-89, 5.3.3, and what is known of bad generators. */
function wrongModulus(n: bigint): string | undefined {
  const bits = bitsOf(n)
  if (bits < LEAST_BITS) return `its modulus has ${bits} bits, and ${LEAST_BITS} are the least`
  const factor = smallPrimes(752).find((prime) => n % prime === 0n)
  if (factor !== undefined) return `its modulus can be divided by ${factor}`
  if (hasRocaMarker(n))
    return 'its modulus is of the kind that Infineon chips made (ROCA, CVE-2017-15361): it can be factored'
  return isFactoredByFermat(n) ? 'the two primes of its modulus are so close that it can be factored' : undefined
}

const wrongExponent = (e: bigint): string | undefined =>
  e > 65536n && e < 2n ** 64n && e % 2n === 1n
    ? undefined
    : `its public exponent is ${e}, and has to be odd, from 65537 on and below 2^64`

/** Below `end`; SP 800-89 asks for those below 752. Reckoned when a key comes: every start of the program would wait for a table. */
function smallPrimes(end: number): bigint[] {
  const primes: number[] = []
  for (let n = 2; n < end; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return primes.map(BigInt)
}

function powersOf(base: bigint, prime: bigint): ReadonlySet<bigint> {
  const powers = new Set<bigint>()
  for (let power = 1n; !powers.has(power); power = (power * base) % prime) powers.add(power)
  return powers
}

/**
 * The primes that those chips made are powers of 65537 modulo many small primes, and so is the modulus. Where 65537 gives every remainder nothing
 * is told. Of other moduli about one in 2^28 has it too.
 */
const hasRocaMarker = (n: bigint): boolean =>
  smallPrimes(168).every((prime) => {
    const powers = powersOf(65537n, prime)
    return powers.size === Number(prime) - 1 || powers.has(n % prime)
  })

const FERMAT_STEPS = 100

/** n = a² - b², where the primes a + b and a - b are close. */
function isFactoredByFermat(n: bigint): boolean {
  let a = rootOf(n)
  if (a * a < n) a++
  for (let step = 0; step < FERMAT_STEPS; step++, a++) if (isSquare(a * a - n)) return true
  return false
}

const isSquare = (n: bigint): boolean => SQUARES.has(n & 63n) && rootOf(n) ** 2n === n
const SQUARES: ReadonlySet<bigint> = new Set(Array.from({ length: 64 }, (_, i) => (BigInt(i) * BigInt(i)) & 63n))

/** Rounded down (Newton). */
function rootOf(n: bigint): bigint {
  if (n < 2n) return n
  let root = 1n << BigInt((bitsOf(n) + 1) >> 1)
  for (;;) {
    const next = (root + n / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** Of a pair whose private half is at hand. `given`: the members that its file had, where it was a JWK: node reckons some anew and passes over what was there. */
export function wrongPair(key: KeyObject, given: JsonWebKey = {}): string | undefined {
  const numbers = key.export({ format: 'jwk' })
  // Zeros before a number change nothing of it.
  const isOther = (one: string | undefined, own: string | undefined) =>
    one !== undefined && numberOf(one) !== numberOf(own)
  const other = (['n', 'x', 'y'] as const).some((name) => isOther(given[name], numbers[name]))
  if (other) return 'its public numbers are not those of its private key'
  const wrong =
    key.asymmetricKeyType === 'rsa'
      ? wrongRsa(numbers)
      : key.asymmetricKeyType === 'ec'
        ? wrongEc(numbers)
        : wrongEdwards(numbers)
  return wrong ?? wrongPublicKey(createPublicKey(key).export({ format: 'der', type: 'spki' }))
}

/** FIPS 186-5, A.1.1: what holds for the numbers of one key. */
function wrongRsa(jwk: JsonWebKey): string | undefined {
  const [n, e, d, p, q] = [jwk.n, jwk.e, jwk.d, jwk.p, jwk.q].map(numberOf) as [bigint, bigint, bigint, bigint, bigint]
  if (p * q !== n) return 'its two primes do not give its modulus'
  if (!isPrime(p) || !isPrime(q)) return 'its modulus is made of numbers that are not prime'
  if (p === q) return 'its two primes are the same'
  if (d <= 0n || d >= n || [p, q].some((prime) => (e * d) % (prime - 1n) !== 1n))
    return 'its private exponent does not belong to its public one'
  if (bitsOf(d) * 2 <= bitsOf(n)) return 'its private exponent is so small that it can be found'
  const [dp, dq, qi] = [jwk.dp, jwk.dq, jwk.qi].map(numberOf) as [bigint, bigint, bigint]
  const isCrt = dp === d % (p - 1n) && dq === d % (q - 1n) && qi < p && (qi * q) % p === 1n
  return isCrt ? undefined : 'its numbers for the Chinese remainder theorem are not those of its primes'
}

/** As SEC 2 and as OpenSSL call them, and the order of each group. */
const CURVES: { readonly [crv: string]: { name: string; order: bigint } } = {
  'P-256': { name: 'prime256v1', order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  'P-384': {
    name: 'secp384r1',
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  'P-521': {
    name: 'secp521r1',
    order:
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
}

function wrongEc({ crv = '', d, x = '', y = '' }: JsonWebKey): string | undefined {
  const curve = CURVES[crv]
  if (curve === undefined) return `its curve is ${crv}, which is none of ${Object.keys(CURVES).join(', ')}`
  const secret = numberOf(d)
  if (secret <= 0n || secret >= curve.order) return 'its private number is not between 0 and the order of its curve'
  if ([secret, curve.order - secret].some((one) => bitsOf(one) * 2 <= bitsOf(curve.order)))
    return 'its private number is so small that it can be found'
  const point = createECDH(curve.name)
  point.setPrivateKey(Buffer.from(fromBase64url(d!)))
  const isIts = point.getPublicKey('hex') === `04${toHex(fromBase64url(x))}${toHex(fromBase64url(y))}`
  return isIts ? undefined : 'its public point does not belong to its private number'
}

/** PKCS#8 of an Ed25519 key, before its 32 bytes (RFC 8410). */
const ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

function wrongEdwards({ crv, d = '', x }: JsonWebKey): string | undefined {
  if (crv !== 'Ed25519') return `its curve is ${crv}, which no key here can have`
  const seed = Buffer.concat([ED25519, fromBase64url(d)])
  try {
    const again = createPublicKey(createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' }))
    return again.export({ format: 'jwk' }).x === x
      ? undefined
      : 'its public point does not belong to its private number'
  } finally {
    seed.fill(0)
  }
}
