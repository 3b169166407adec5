// Whether a certificate is of a key that others wrap with (RFC 5280, 4.2.1.3 and 4.2.1.12): what it says of its use holds, as what a JWK says does.
import type { BitString } from 'asn1js'
import type * as pkijs from 'pkijs'
import { EXTENSIONS } from '../domain/x509/extensions.ts'
import { ANY_PURPOSE, PURPOSES } from '../domain/x509/purposes.ts'
import { Extensions, loadPki, usagesOf } from './read.ts'

/** Mail, and of Microsoft files and documents, that are encrypted for somebody: keys have no purpose of their own. */
const ENCRYPTED = [ANY_PURPOSE, PURPOSES.emailProtection, '1.3.6.1.4.1.311.10.3.4', '1.3.6.1.4.1.311.80.1']

/** Undefined where nothing speaks against it. */
export async function whyNotToWrap(certificate: Uint8Array): Promise<string | undefined> {
  const { Certificate } = await loadPki()
  try {
    return wrongUse(new Extensions(Certificate.fromBER(certificate).extensions ?? []))
  } catch {
    return 'what its certificate says of its use can not be read'
  }
}

function wrongUse(extensions: Extensions): string | undefined {
  const bits = extensions.take<BitString>(EXTENSIONS.keyUsage)
  const usage = bits && usagesOf(bits)
  if (usage && !usage.includes('keyEncipherment'))
    return `its certificate is for ${usage.join(', ') || 'nothing'} (key usage), and not for keyEncipherment`
  const purposes = extensions.take<pkijs.ExtKeyUsage>(EXTENSIONS.extendedKeyUsage)?.keyPurposes
  if (purposes && !purposes.some((one) => ENCRYPTED.includes(one)))
    return `its certificate is for ${purposes.join(', ')} alone (extended key usage), and not for what is encrypted`
  return undefined
}
