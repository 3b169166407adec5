// Bundles the program into dist/: one entry for the command, one for the process that loads the PKCS#11 module.
// Splitting keeps start-up short: a command loads only the chunks it uses. pkcs11js stays outside, it is native.
import { rm } from 'node:fs/promises'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname
await rm(`${root}dist`, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/main.ts', host: 'src/hsm/host.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['pkcs11js'],
  outExtension: { '.js': '.mjs' },
  // CommonJS packages inside the bundle still ask for node's own modules with require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
