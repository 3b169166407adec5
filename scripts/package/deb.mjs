// The Debian package, by dpkg-deb alone. The same files give the same bytes: times, owners, modes and order are all set here.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from '../bundle.mjs'
import { byBytes, writeSums } from '../program.mjs'
import { headerNotices } from './bundled.mjs'

const DEBIAN_ARCHS = { x64: 'amd64', arm64: 'arm64' }
const MAINTAINER = 'The Keyrite authors <keyrite@localhost>'

/** As `gzip -9n`: no name, no time. */
const gzip = (text) => gzipSync(text, { level: 9 })
const inRoot = (...parts) => readFileSync(join(root, ...parts))

function write(folder, path, content) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}

const indented = (text) =>
  text
    .split('\n')
    .map((line) => ` ${line.trimEnd() || '.'}`)
    .join('\n')

/** Machine-readable as far as Debian's policy asks for it; the licences of what is bundled stand in full. */
function copyright(packages) {
  const bundled = packages.map(({ name, version, licence, text }) =>
    indented(
      `== ${name} ${version} (${licence})\n\n${licence === 'Apache-2.0' ? 'See /usr/share/common-licenses/Apache-2.0.' : text}`,
    ),
  )
  const headers = headerNotices().map(({ name, text }) => indented(`== ${name}, in the native part\n\n${text}`))
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: keyrite',
    '',
    'Files: *',
    'Copyright: the Keyrite authors',
    'License: Apache-2.0',
    ' On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.',
    'Comment:',
    ' These packages are in the bundle, each under its own licence:',
    [...bundled, ...headers].join('\n .\n'),
    '',
  ].join('\n')
}

const changelog = (version, epoch) =>
  `keyrite (${version}) stable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- ${MAINTAINER}  ${new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')}\n`

/** What dpkg is told of it. */
const control = (version, arch, kilobytes) => `Package: keyrite
Version: ${version}
Architecture: ${arch}
Maintainer: ${MAINTAINER}
Installed-Size: ${kilobytes}
Depends: nodejs (>= 20.19), libc6 (>= 2.34), libstdc++6 (>= 5.2)
Suggests: softhsm2, opensc
Section: admin
Priority: optional
Description: HSM key ceremonies under M-of-N control, with a ledger anyone can verify
 Generates, rotates, backs up, restores and destroys keys of a hardware
 security module over PKCS#11. Every change needs M of N custodians, and
 leaves a signed record that can be checked offline.
`

/** Places of Debian's own for completions. */
const COMPLETIONS = {
  'keyrite.bash': 'usr/share/bash-completion/completions/keyrite',
  _keyrite: 'usr/share/zsh/vendor-completions/_keyrite',
  'keyrite.fish': 'usr/share/fish/vendor_completions.d/keyrite.fish',
}

function placeProgram(program, tree, arch) {
  const lib = join(tree, 'usr/lib/keyrite')
  for (const part of ['bin', 'dist', join('native', `linux-${arch}`)])
    cpSync(join(program, part), join(lib, part), { recursive: true })
  mkdirSync(join(tree, 'usr/bin'), { recursive: true })
  symlinkSync('../lib/keyrite/bin/keyrite', join(tree, 'usr/bin/keyrite'))
  return writeSums(lib)
}

function placeDocs(tree, packages, version, epoch) {
  for (const page of readdirSync(join(root, 'man')))
    write(tree, `usr/share/man/man${page.at(-1)}/${page}.gz`, gzip(inRoot('man', page)))
  for (const [name, place] of Object.entries(COMPLETIONS)) write(tree, place, inRoot('completions', name))
  const doc = 'usr/share/doc/keyrite'
  for (const name of ['README.md', 'SECURITY.md']) write(tree, `${doc}/${name}`, inRoot(name))
  for (const name of readdirSync(join(root, 'docs'))) write(tree, `${doc}/docs/${name}`, inRoot('docs', name))
  write(tree, `${doc}/CHANGELOG.md.gz`, gzip(inRoot('CHANGELOG.md')))
  write(tree, `${doc}/changelog.gz`, gzip(changelog(version, epoch)))
  write(tree, `${doc}/copyright`, copyright(packages))
}

const entriesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .sort((one, other) => byBytes(one.path, other.path))

function placeControl(tree, version, arch) {
  const files = entriesOf(join(tree, 'usr')).filter(({ entry }) => entry.isFile())
  const md5 = (path) => createHash('md5').update(readFileSync(path)).digest('hex')
  const kilobytes = files.reduce((sum, { path }) => sum + Math.ceil(statSync(path).size / 1024), 0)
  write(tree, 'DEBIAN/control', control(version, DEBIAN_ARCHS[arch], kilobytes))
  write(tree, 'DEBIAN/md5sums', files.map(({ path }) => `${md5(path)}  ${relative(tree, path)}\n`).join(''))
  for (const script of ['preinst', 'prerm']) write(tree, `DEBIAN/${script}`, inRoot('packaging/debian', script))
}

function settle(tree, epoch) {
  const runs = (path) => /\/(usr\/lib\/keyrite\/bin\/keyrite|DEBIAN\/p(reinst|rerm))$/.test(path)
  for (const { entry, path } of entriesOf(tree)) {
    if (!entry.isSymbolicLink()) chmodSync(path, entry.isDirectory() || runs(path) ? 0o755 : 0o644)
    lutimesSync(path, epoch, epoch)
  }
  chmodSync(tree, 0o755)
  lutimesSync(tree, epoch, epoch)
}

/** Gives the name of the package in `out`, and the digest of the program in it. */
export function packDeb({ name, version }, program, stage, arch, packages, epoch, out) {
  rmSync(stage, { recursive: true, force: true })
  const digest = placeProgram(program, stage, arch)
  placeDocs(stage, packages, version, epoch)
  placeControl(stage, version, arch)
  settle(stage, epoch)
  const file = `${name}_${version}_${DEBIAN_ARCHS[arch]}.deb`
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '--threads-max=1', '--build', stage, join(out, file)], {
    env: { ...process.env, SOURCE_DATE_EPOCH: `${epoch}` },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return { file, digest }
}
