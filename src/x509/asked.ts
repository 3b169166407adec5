// The extensions that a request asks for, each value of each: as the plan shows those that are signed, and what no certificate here has in letters or in hex.

import type { BitString } from 'asn1js'
import type * as pkijs from 'pkijs'
import { parsedDer } from '../domain/certificate-request.ts'
import { EXTENSIONS, extensionName } from '../domain/x509/extensions.ts'
import { critical, type Granted, grantsInWords } from '../domain/x509/grants.ts'
import { shortHex } from '../domain/x509/name-words.ts'
import { inLetters, namesInWords } from './in-words.ts'
import { accessOf, pathLengthOf, pointsOf, policiesOf, subtrees, usagesOf } from './read.ts'

const READERS: { readonly [id: string]: (value: never) => Partial<Granted> } = {
  [EXTENSIONS.basicConstraints]: (basic: pkijs.BasicConstraints) => {
    const pathLength = pathLengthOf(basic)
    return { ca: basic.cA, ...(pathLength === undefined ? {} : { pathLength }) }
  },
  [EXTENSIONS.keyUsage]: (bits: BitString) => ({ keyUsage: usagesOf(bits) }),
  [EXTENSIONS.extendedKeyUsage]: ({ keyPurposes }: pkijs.ExtKeyUsage) => ({ extendedKeyUsage: keyPurposes }),
  [EXTENSIONS.policies]: (policies: pkijs.CertificatePolicies) => ({ policies: policiesOf(policies) }),
  [EXTENSIONS.nameConstraints]: (trees: pkijs.NameConstraints) => ({
    permitted: subtrees(trees.permittedSubtrees) ?? [],
    excluded: subtrees(trees.excludedSubtrees) ?? [],
  }),
  [EXTENSIONS.crlAt]: ({ distributionPoints }: pkijs.CRLDistributionPoints) => ({
    crlAt: pointsOf(distributionPoints),
  }),
  [EXTENSIONS.access]: (access: pkijs.InfoAccess) => accessOf(access),
}

/** Unreadable: its names are none. */
export function extensionInWords(extension: pkijs.Extension): string[] {
  const value = new Uint8Array(extension.extnValue.valueBlock.valueHexView)
  if (extension.extnID === EXTENSIONS.names) return namesInWords(value)
  const told = saidBy(extension)
  const all = told.length > 0 ? told : [`the extension ${extensionName(extension.extnID)}: ${inWords(value)}`]
  return extension.critical ? all.map(critical) : all
}

/** None where it is another, or says what no certificate here can. The value is parsed when it is asked for, which may throw. */
function saidBy(extension: pkijs.Extension): string[] {
  const read = READERS[extension.extnID]
  try {
    const value = extension.parsedValue
    return read === undefined || value === undefined || value.parsingError ? [] : grantsInWords(read(value as never))
  } catch {
    return []
  }
}

function inWords(value: Uint8Array): string {
  const { offset, result } = parsedDer(value)
  return offset === value.length ? inLetters(result) : shortHex(value)
}
