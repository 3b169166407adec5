// RSA keys made of numbers that nobody should take: each is reckoned here, so that it is known what is wrong with it.
import { createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto'

const inHex = (n: bigint): string => n.toString(16).padStart(2 * Math.ceil(n.toString(16).length / 2), '0')
export const base64urlOf = (n: bigint): string => Buffer.from(inHex(n), 'hex').toString('base64url')

function inverse(a: bigint, modulus: bigint): bigint {
  let [r, next, x, y] = [modulus, a % modulus, 0n, 1n]
  while (next !== 0n) [r, next, x, y] = [next, r % next, y, x - (r / next) * y]
  return ((x % modulus) + modulus) % modulus
}

/** All its numbers belong together. */
export function rsaOf(p: bigint, q: bigint, e = 65537n): JsonWebKey {
  const d = inverse(e, (p - 1n) * (q - 1n))
  const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  return { kty: 'RSA', ...Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, base64urlOf(n)])) }
}

export const TOP = 2n ** 1024n
/** The first three primes below 2^1024. */
export const CLOSE = [TOP - 105n, TOP - 179n, TOP - 1397n] as const
export const FAR = TOP - 2n ** 700n - 1759n

/** k * M + (65537^a mod M), M being the product of the first 126 primes: as CVE-2017-15361 has it for RSA-2048. */
function rocaPrime(a: bigint, k: bigint): bigint {
  const primes: bigint[] = []
  for (let n = 2n; primes.length < 126; n++) if (primes.every((prime) => n % prime !== 0n)) primes.push(n)
  const product = primes.reduce((sum, prime) => sum * prime, 1n)
  let rest = 1n
  for (let step = 0n; step < a; step++) rest = (rest * 65537n) % product
  return (((2n ** 1023n / product) * 3n) / 2n + k) * product + rest
}

export const roca = (): JsonWebKey => rsaOf(rocaPrime(1000n, 35n), rocaPrime(2000n, 6n))

export const privateOf = (key: JsonWebKey) => createPrivateKey({ key, format: 'jwk' })
export const spkiOf = (key: JsonWebKey): Uint8Array =>
  Uint8Array.from(
    createPublicKey({ key: { kty: key.kty!, n: key.n!, e: key.e! }, format: 'jwk' }).export({
      format: 'der',
      type: 'spki',
    }),
  )
