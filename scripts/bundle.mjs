// One file that node can run, from an entry of the sources or the tests; packages stay outside.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Writes it to build/NAME.mjs, and gives that path. */
export async function bundle(entry, name) {
  const outfile = `${root}/build/${name}.mjs`
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  })
  return outfile
}

/** What is started beside a command is looked for beside the file that this was bundled into: there it is the built one. */
export function placeHost(folder) {
  // By its way from there: in another Debian the repository lies elsewhere.
  for (const file of ['host.cjs', 'verifier.cjs'])
    writeFileSync(join(folder, file), `require(${JSON.stringify(relative(folder, join(root, 'dist', file)))})\n`)
}

/** Bundles and runs it in the repository's folder; its exit code is ours. */
export async function runBundle(entry, name, args) {
  const file = await bundle(entry, name)
  placeHost(dirname(file))
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', file, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}
