// The door to the qr package: a text as a picture that a camera reads. It is read when the first page is made, and only here.
import { lazily } from '../domain/lazily.ts'

const load = lazily(() => import('qr'))

/** More than that no code holds, at the correction that a folded paper needs. */
export const MOST_BYTES = 2300

/** SVG, with nothing in it but shapes. */
export async function qrSvg(text: string): Promise<string> {
  const { encodeQR } = await load()
  return encodeQR(text, 'svg', { ecc: 'medium', border: 4 })
}
