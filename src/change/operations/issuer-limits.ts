// What the certificate of a CA lets it issue: its time, its path length, its purposes, its name constraints.

import type { Certificate } from '../../domain/certificate-plans.ts'
import { refused } from '../../domain/errors.ts'
import { quoted } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { ruledOut, unclearHost } from '../../domain/x509/constraints.ts'
import { ANY_PURPOSE, PURPOSES, purposeName } from '../../domain/x509/purposes.ts'
import type { Issuer } from '../../x509/issuer.ts'

export const unfit = (why: string) => refused('CERT-FITS', why, 'change the profile')

/** CERT-FITS: what the signer's own certificate allows (RFC 5280, 6.1). */
export function checkWithin(certificate: Certificate, issuer: Issuer): void {
  const { notBefore, notAfter, ca, pathLength } = certificate
  if (notBefore < issuer.notBefore) throw unfit(`not-before is earlier than that of the issuer, ${issuer.notBefore}`)
  if (notAfter > issuer.notAfter) throw unfit(`not-after is later than that of the issuer, ${issuer.notAfter}`)
  if (ca && issuer.pathLength !== undefined && !((pathLength ?? Infinity) < issuer.pathLength))
    throw unfit(
      issuer.pathLength === 0
        ? 'the path length of the issuer is 0: it signs no CA'
        : `the path length of the issuer is ${issuer.pathLength}: path-length is to be there, and below that`,
    )
  checkPurposes(certificate, issuer)
  const out = ruledOut(issuer, certificate)
  if (out !== undefined) throw unfit(`the name constraints of the issuer rule out ${out}`)
  const host = unclearHost(issuer, certificate)
  if (host !== undefined)
    throw refused(
      'CERT-FITS',
      `the CN ${quoted(host)} is no name of a host, and some programs match it with one`,
      HOSTS_APART,
    )
}

/** CERT-FITS: programs ask of each CA on the way what it is for. Who answers for a CA by OCSP is for that alone (RFC 6960, 4.2.2.2). */
function checkPurposes({ ca, extendedKeyUsage: asked }: Certificate, { extendedKeyUsage: given }: Issuer): void {
  if (given === undefined || given.includes(ANY_PURPOSE)) return
  const all = listed(given.map(purposeName))
  if (asked === undefined)
    throw unfit(`the issuer is for ${all} alone: extended-key-usage is to be there, and within that`)
  const more = asked.find((one) => !given.includes(one) && (ca || one !== PURPOSES.OCSPSigning))
  if (more !== undefined) throw unfit(`the issuer is for ${all} alone, and not for ${purposeName(more)}`)
}

const HOSTS_APART = 'write the hosts into names, or another CN into subject'
