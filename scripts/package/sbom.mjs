// What is in the program, for those who ask: CycloneDX 1.6, from what esbuild says that it put into the bundle.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { programFiles, sha256 } from '../program.mjs'

const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`
const sha256Of = (path) => [{ alg: 'SHA-256', content: sha256(readFileSync(path)) }]
const sha512Of = (integrity) => [
  { alg: 'SHA-512', content: Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex') },
]
const licences = (text) => (/ (OR|AND) /.test(text) ? [{ expression: text }] : [{ license: { id: text } }])

function component({ name, version, licence, integrity }) {
  const ref = purl(name, version)
  return {
    type: 'library',
    'bom-ref': ref,
    name,
    version,
    hashes: sha512Of(integrity),
    licenses: licences(licence),
    purl: ref,
  }
}

/** A version of its own for each content, as UUIDs of a name have it (RFC 9562, version 8). */
function uuidOf(text) {
  const hex = sha256(text)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/** `folder`: the program; `digest`: that of its SHA256SUMS. `epoch`: seconds. */
export function sbom({ name, version, license }, packages, folder, digest, epoch) {
  const ref = purl(name, version)
  const files = programFiles(folder).map((file) => ({ type: 'file', name: file, hashes: sha256Of(join(folder, file)) }))
  const components = packages.map(component)
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString().replace('.000Z', 'Z'),
      component: {
        type: 'application',
        'bom-ref': ref,
        name,
        version,
        licenses: licences(license),
        purl: ref,
        properties: [{ name: 'keyrite:SHA256SUMS', value: digest }],
        components: files,
      },
    },
    components,
    dependencies: [{ ref, dependsOn: components.map((one) => one['bom-ref']) }],
  }
  const { bomFormat, specVersion, ...rest } = bom
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bom))}`
  return `${JSON.stringify({ bomFormat, specVersion, serialNumber, ...rest }, null, 2)}\n`
}
