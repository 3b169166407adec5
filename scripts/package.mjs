// Makes what is installed elsewhere: `npm run package [-- x64 arm64]` writes a Debian package for each, an npm package, the list of
// what is in them (SBOM) and SHA256SUMS into build/package. The same commit gives the same bytes, in whatever folder.
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bundle.mjs'
import { bundledPackages } from './package/bundled.mjs'
import { packDeb } from './package/deb.mjs'
import { compileNative } from './package/native.mjs'
import { packNpm } from './package/npm.mjs'
import { sbom } from './package/sbom.mjs'
import { buildProgram, byBytes, placeNative, sumsOf, writeSums } from './program.mjs'

const archs = process.argv.length > 2 ? process.argv.slice(2) : [process.arch]
const out = join(root, 'build/package')
const work = join(root, 'build/package.work')
const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** When this version was made, in seconds: as the caller says, as its heading in the changelog says, or when its commit was made. */
function sourceDate() {
  const { SOURCE_DATE_EPOCH: said } = process.env
  if (said) return Number(said)
  const dates = /^## \[([^\]]+)\] - (\d{4}-\d{2}-\d{2})$/gm
  for (const [, version, day] of readFileSync(join(root, 'CHANGELOG.md'), 'utf8').matchAll(dates))
    if (version === about.version) return Date.parse(`${day}T00:00:00Z`) / 1000
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }))
}

/** The files that all packages have in common. */
async function makeProgram(folder) {
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
  const metafile = await buildProgram(join(folder, 'dist'))
  for (const arch of archs) {
    const native = join(work, `pkcs11-${arch}.node`)
    compileNative(join(root, 'node_modules/pkcs11js'), arch, native)
    placeNative(native, folder, arch)
  }
  return { packages: bundledPackages(metafile), digest: writeSums(folder) }
}

process.umask(0o022)
for (const folder of [out, work]) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
}
const epoch = sourceDate()
const program = join(work, 'program')
const { packages, digest } = await makeProgram(program)
const made = archs.map((arch) => packDeb(about, program, join(work, `deb-${arch}`), arch, packages, epoch, out))
made.push({ file: packNpm(program, join(work, 'npm'), archs, packages, out), digest })
const bom = `${about.name}-${about.version}.cdx.json`
writeFileSync(join(out, bom), sbom(about, packages, program, digest, epoch))
for (const { file, digest } of made) console.log(`${file}\n  program ${digest}`)
// Lets a witness compare the SHA256SUMS of an installed program with what was released.
for (const arch of archs)
  copyFileSync(join(work, `deb-${arch}`, 'usr/lib/keyrite/SHA256SUMS'), join(out, `program-${arch}.SHA256SUMS`))
const files = readdirSync(out).sort(byBytes)
writeFileSync(join(out, 'SHA256SUMS'), sumsOf(out, files))
rmSync(work, { recursive: true, force: true })
