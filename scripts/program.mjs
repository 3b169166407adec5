// The program as it is shipped: bundled from the sources, with one list of its files and their digests.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './bundle.mjs'

/** What node-gyp built of pkcs11js in this clone. */
const BUILT_HERE = 'node_modules/pkcs11js/build/Release/pkcs11.node'

/** pkcs11js asks for what node-gyp built; it gets the file that came with the program, where one did. */
const nativePart = {
  name: 'native part',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/build\/Release\/pkcs11\.node$/ }, ({ path }) => ({ path, namespace: 'native' }))
    onLoad({ filter: /.*/, namespace: 'native' }, () => ({
      contents: `
        const { existsSync } = require('node:fs')
        const shipped = __program + 'native/' + process.platform + '-' + process.arch + '/pkcs11.node'
        module.exports = existsSync(shipped) ? require(shipped) : require('pkcs11js/build/Release/pkcs11.node')`,
    }))
  },
}

/** inquirer brings an editor along, which nobody is asked to use: it is a third of the bundle. */
const withoutEditor = {
  name: 'without editor',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@inquirer\/editor$/ }, ({ path }) => ({ path, namespace: 'nothing' }))
    onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'export default undefined' }))
  },
}

/**
 * One entry for the command, one for the process that loads the PKCS#11 module. Splitting keeps start-up short: a command
 * loads only the chunks that it uses. Gives what esbuild tells of the bundle.
 */
export async function buildProgram(outdir) {
  await rm(outdir, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/main.ts', host: 'src/hsm/host.ts' },
    outdir,
    bundle: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    plugins: [nativePart, withoutEditor],
    external: ['pkcs11js/build/Release/pkcs11.node'],
    outExtension: { '.js': '.mjs' },
    // CommonJS packages inside the bundle still ask for node's own modules with require().
    banner: {
      js: [
        "import { createRequire as __createRequire } from 'node:module';",
        "import { fileURLToPath as __fileURLToPath } from 'node:url';",
        'const require = __createRequire(import.meta.url);',
        "const __program = __fileURLToPath(new URL('../', import.meta.url));",
      ].join(''),
    },
    logLevel: 'warning',
  })
  return metafile
}

/** Every file that is the program, below its folder: what a witness compares. */
function programFiles(folder) {
  const parts = ['bin', 'dist', 'native'].filter((part) => existsSync(join(folder, part)))
  const files = parts.flatMap((part) =>
    readdirSync(join(folder, part), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
  )
  if (!parts.includes('native') && existsSync(join(folder, BUILT_HERE))) files.push(BUILT_HERE)
  // By bytes, as `LC_ALL=C sort` does it.
  return files.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** Writes SHA256SUMS in the form that `sha256sum -c` reads. */
export function writeSums(folder) {
  const lines = programFiles(folder).map((file) => `${sha256(readFileSync(join(folder, file)))}  ${file}\n`)
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''), { mode: 0o644 })
}
