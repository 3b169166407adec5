// The npm package: the program, manuals and completions; no dependencies, and nothing that runs when it is installed.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../bundle.mjs'
import { noticesText } from './bundled.mjs'

const CARRIED = ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE', 'man', 'completions', 'docs']

/** npm links the manuals that are listed, and looks into no folder for them. */
function manifest(archs) {
  const { name, version, description, license, type, engines, bin } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const man = readdirSync(join(root, 'man')).sort()
  return {
    ...{ name, version, description, license, type, engines, bin },
    os: ['linux'],
    cpu: archs,
    man: man.map((page) => `man/${page}`),
    files: ['*'],
  }
}

/** Gives the name of the tarball in `out`. */
export function packNpm(program, stage, archs, packages, out) {
  mkdirSync(stage, { recursive: true })
  for (const part of ['bin', 'dist', 'native', 'SHA256SUMS'])
    cpSync(join(program, part), join(stage, part), { recursive: true })
  for (const part of CARRIED) cpSync(join(root, part), join(stage, part), { recursive: true })
  writeFileSync(join(stage, 'NOTICES'), noticesText(packages))
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest(archs), null, 2)}\n`)
  return packed(stage, out)
}

/** npm 9 takes %41 in the path of what it packs for an A: it works in a folder with a plain name. */
function packed(stage, out) {
  const plain = mkdtempSync(join(tmpdir(), 'keyrite-package-'))
  try {
    cpSync(stage, join(plain, 'package'), { recursive: true })
    const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', plain]
    const said = execFileSync('npm', args, { cwd: join(plain, 'package'), encoding: 'utf8' })
    const name = said.trim().split('\n').at(-1)
    cpSync(join(plain, name), join(out, name))
    return name
  } finally {
    rmSync(plain, { recursive: true })
  }
}
