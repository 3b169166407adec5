// Shamir's scheme in one place: the package is called here and nowhere else, and what it lets pass is refused here.
import { combine, split } from 'shamir-secret-sharing'
import { refused, usage } from '../domain/errors.ts'
import { Secret } from '../domain/secret.ts'

/** A group secret. */
export const SECRET_BYTES = 32
/** `y[32] ‖ x[1]`. */
export const PART_BYTES = SECRET_BYTES + 1

/** N parts of which any M give the secret back. No x is 0, none is there twice. */
export async function splitSecret(secret: Secret, n: number, m: number): Promise<Uint8Array[]> {
  checkThreshold(n, m)
  if (secret.reveal().length !== SECRET_BYTES) throw new Error('a group secret has 32 bytes')
  // A copy, because the package takes a plain Uint8Array and refuses a Buffer.
  using copy = secret.clone()
  const parts = await split(copy.reveal(), n, m)
  checkParts(parts)
  return parts
}

/** The secret of these parts. Wrong, mixed or too few parts give a wrong secret: compare its check value before use. */
export async function combineParts(parts: Uint8Array[]): Promise<Secret> {
  checkParts(parts)
  const copies = parts.map((part) => Uint8Array.from(part))
  try {
    return new Secret(await combine(copies))
  } finally {
    for (const copy of copies) copy.fill(0)
  }
}

/** THRESHOLD-RANGE: 2 <= M <= N <= 255. The package would round 2.5 up without a word. */
export function checkThreshold(n: number, m: number): void {
  const fits = Number.isInteger(n) && Number.isInteger(m) && m >= 2 && m <= n && n <= 255
  if (!fits) throw usage(`${m} of ${n} is not a threshold: 2 <= M <= N <= 255`, undefined, 'THRESHOLD-RANGE')
}

/** SHARE-POINTS: a part at x = 0 would dictate the secret; a repeated x is one share given twice. */
function checkParts(parts: Uint8Array[]): void {
  if (parts.length < 2) throw refused('SHARE-POINTS', 'at least 2 shares are needed')
  if (parts.some((part) => part.length !== PART_BYTES)) throw refused('SHARE-POINTS', 'a share has the wrong length')
  const points = parts.map((part) => part[SECRET_BYTES])
  if (points.includes(0)) throw refused('SHARE-POINTS', 'a share stands at point 0, where no share can be')
  if (new Set(points).size !== points.length) throw refused('SHARE-POINTS', 'two shares stand at the same point')
}
