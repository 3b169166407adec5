// The program as it is shipped: bundled from the sources, with one list of its files and their digests.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, delimiter, join, relative } from 'node:path'
import { build, transform } from 'esbuild'
import { bundle, root } from './bundle.mjs'

const require = createRequire(import.meta.url)

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

/** pg looks for passwords, for another driver, for another runtime, for many connections at once and for names of machines by what nothing here asks for. */
const withoutOthers = {
  name: 'without others',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(pgpass|pg-cloudflare|pg-pool|\.\/native|dns)$/ }, ({ path, importer }) =>
      importer.includes('/pg/lib/') ? { path, namespace: 'no others' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'no others' }, ({ path }) => ({
      contents: `module.exports = ${path === 'pg-pool' ? 'class {}' : undefined}`,
    }))
    // To find out which runtime this is it would have node 20 load all that fetches from the web.
    onLoad({ filter: /\/pg\/lib\/stream\.js$/ }, ({ path }) => {
      const asks = 'if (isCloudflareRuntime())'
      const text = readFileSync(path, 'utf8')
      if (!text.includes(asks)) throw new Error(`${path} does not ask for its runtime any more`)
      return { contents: text.replace(asks, 'if (false)'), loader: 'js' }
    })
    const own = join(root, 'scripts/pg-crypto.cjs')
    onLoad({ filter: /\/pg\/lib\/crypto\/utils\.js$/ }, ({ path }) => {
      const [theirs, ours] = [path, own].map((file) => Object.keys(require(file)).sort().join())
      if (theirs !== ours) throw new Error(`${path} gives ${theirs}, and not ${ours}`)
      return { contents: readFileSync(own, 'utf8'), loader: 'js' }
    })
  },
}

/** What colours there are is decided in src/terminal/look.ts: what chalk would find out at each start, nobody asks. */
const withoutDetection = {
  name: 'without detection',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^#supports-color$/ }, ({ path }) => ({ path, namespace: 'no colours' }))
    onLoad({ filter: /.*/, namespace: 'no colours' }, () => ({ contents: 'export default {}' }))
  },
}

/** Nobody hands the shapes of ours to another library: what each would have for that is a fifth of what they take. */
const withoutStandard = {
  name: 'without standard',
  setup({ onLoad }) {
    onLoad({ filter: /\/valibot\/dist\/index\.mjs$/ }, ({ path }) => {
      const begins = 'function _standardSchema(schema) {'
      const text = readFileSync(path, 'utf8')
      if (!text.includes(begins)) throw new Error(`${path} makes its shapes in another way`)
      return { contents: text.replace(begins, `${begins} return schema;`), loader: 'js' }
    })
  },
}

/** What few commands use of what many might use: it runs when something of it is first made. */
const LATE = {
  chalk: "export class Chalk { constructor(options) { return new (require('chalk').Chalk)(options) } }",
  'cli-table3': "export default class { constructor(options) { return new (require('cli-table3'))(options) } }",
  'fast-string-width': "export default (text) => require('fast-string-width').default(text)",
}

const latePackages = {
  name: 'late packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(chalk|cli-table3|fast-string-width)$/, namespace: 'file' }, ({ path, importer }) =>
      importer.startsWith(join(root, 'src')) ? { path, namespace: 'late' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({ contents: LATE[path], resolveDir: root }))
  },
}

/** Of package.json the program wants its version. */
const versionAlone = {
  name: 'version alone',
  setup({ onLoad }) {
    onLoad({ filter: /\/package\.json$/ }, ({ path }) => {
      if (path !== join(root, 'package.json')) return undefined
      return { contents: JSON.stringify({ version: JSON.parse(readFileSync(path, 'utf8')).version }), loader: 'json' }
    })
  },
}

/** One measure of text: the tables' package gets the one that src/terminal/width.ts has. */
const oneMeasure = {
  name: 'one measure',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ path }) => ({ path, namespace: 'measure' }))
    onLoad({ filter: /.*/, namespace: 'measure' }, () => ({
      contents: "module.exports = require('fast-string-width').default",
      resolveDir: root,
    }))
  },
}

/** Every file of the sources is a part that runs when something of it is first used. esbuild splits by what its entries share: so each is one, which nobody starts. */
function partEntries() {
  const sources = readdirSync(join(root, 'src'), { recursive: true })
    .map((file) => `src/${file}`)
    .filter((file) => file.endsWith('.ts') && !Object.values(ENTRIES).includes(file))
  // What is used late must not lie in the part that might use it.
  return Object.fromEntries([...sources.sort(), ...Object.keys(LATE)].map((entry, i) => [`part-${i}`, entry]))
}

const HOST = 'beside-module'
const VERIFIER = 'beside-ledger'
const ENTRIES = { main: 'src/main.ts', [HOST]: 'src/host/host.ts', [VERIFIER]: 'src/ledger/verifier.ts' }

/**
 * One entry for the command, one for the process that loads the PKCS#11 module, one for threads that look at signatures. Splitting keeps start-up short: a command
 * runs only the parts that it uses. Gives what esbuild tells of the bundle.
 */
export async function buildProgram(outdir) {
  rmSync(outdir, { recursive: true, force: true })
  const { main, ...besides } = ENTRIES
  // What is a process or a thread of its own shares no files with the command: those would be more, and each costs a start.
  const [command, beside] = [await bundled({ main, ...partEntries() }, outdir), await bundled(besides, outdir)]
  mkdirSync(outdir, { recursive: true })
  const started = [...command.outputFiles, ...beside.outputFiles]
  await Promise.all(started.map(async ({ path, text }) => writeFileSync(path, await asScript(text, basename(path)))))
  const used = reachedFrom(outdir, ['main.cjs', `${HOST}.cjs`, `${VERIFIER}.cjs`], 'imports', 'late')
  for (const file of builtFiles(outdir)) if (!used.has(file)) rmSync(join(outdir, file))
  await withSampleHomes(async (home) => {
    packTogether(outdir, home)
    // What is started by a path loads its code as the command does.
    const begins = (entry) => `const { load, readAll } = require('../bin/load.cjs')\nload('${entry}.cjs')\nreadAll()\n`
    writeFileSync(join(outdir, 'host.cjs'), begins(HOST))
    writeFileSync(join(outdir, 'verifier.cjs'), begins(VERIFIER))
    const folder = join(outdir, '..')
    writeFileSync(join(outdir, 'answers.json'), JSON.stringify(constantAnswers(folder)))
    compile(folder, home, `${HOST}.cjs`)
  })
  return { inputs: { ...command.metafile.inputs, ...beside.metafile.inputs } }
}

/** Command lines for each of the sample homes. */
const begun = (...words) => ['--home', 'begun', ...words]
const lived = (...words) => ['--home', 'lived', ...words]
const away = (...words) => ['--home', 'away', ...words]

/** By the file that it goes into, command lines that use all of it, and nothing that stands in one before. */
const PACKED = {
  'main.cjs': [begun('key', 'list', '--help')],
  'read.cjs': [begun('key', 'list')],
  'shown.cjs': [begun('key', 'show', 'card-1'), begun('quorum', 'show'), begun('partition', 'show')],
  'monitored.cjs': [begun('key', 'list', '--due'), begun('monitor')],
  // Without an index all of a ledger is read.
  'replayed.cjs': [['--home', 'bare', 'key', 'list'], lived('key', 'list')],
  'looked.cjs': [
    lived('key', 'show', 'sign/root'),
    lived('quorum', 'show'),
    lived('partition', 'show'),
    lived('monitor'),
    lived('audit', 'show'),
    lived('audit', 'verify'),
    lived('manifest', 'show'),
    lived('partition', 'list'),
  ],
  'followed.cjs': [away('key', 'show', 'card-1')],
  // A plan that is only looked at is made without what carries it out.
  'planned.cjs': [
    begun('key', 'rotate', 'card-1', '--dry-run', '--accept', 'clock'),
    begun('key', 'generate', 'more', '--type', 'ec-p256', '--dry-run', '--accept', 'clock'),
    begun('key', 'destroy', 'card-1', '--dry-run', '--accept', 'clock'),
  ],
}

/** What these lines would use besides, if a database answered. */
const ANSWERED = { 'followed.cjs': ['src/database/passwords.ts'] }

/** What is used together lies in one file: each file costs a start. All that is imported lies in few, so that before a token is spoken to all of it can be read. */
function packTogether(outdir, home) {
  const packs = { ...filesOfPacks(outdir, home), 'changed.cjs': [...reachedFrom(outdir, ['main.cjs'], 'imports')] }
  /** Of each part of one of several the name by which it is asked for. */
  const names = new Map()
  for (const [pack, files] of Object.entries(packs)) {
    packs[pack] = files.filter((file) => !names.has(file))
    for (const [i, file] of packs[pack].entries()) names.set(file, file === pack ? file : `${pack}:${i}`)
  }
  const texts = new Map(
    builtFiles(outdir).map((file) => [file, renamed(readFileSync(join(outdir, file), 'utf8'), names)]),
  )
  for (const file of names.keys()) rmSync(join(outdir, file))
  const write = (file, text) => writeFileSync(join(outdir, file), withNames(text))
  for (const [file, text] of texts) if (!names.has(file)) write(file, text)
  for (const [pack, files] of Object.entries(packs)) write(pack, joined(files.map((file) => texts.get(file))))
}

/** By pack; what several use goes into the first. */
const filesOfPacks = (outdir, home) =>
  Object.fromEntries(
    Object.entries(PACKED).map(([pack, lines]) => [
      pack,
      [...new Set([...lines.flatMap((line) => filesReadBy(outdir, home, line)), ...filesOf(outdir, ANSWERED[pack])])],
    ]),
  )

/** Those in which a source lies. */
const filesOf = (outdir, sources = []) =>
  sources.flatMap((source) =>
    builtFiles(outdir).filter((file) => readFileSync(join(outdir, file), 'utf8').includes(`//! ${source}\n`)),
  )

/** How a file of dist/ names another one. */
const NAMED = /\("(\.\/)?([\w-]+\.cjs)"\)/g

/** A part is known by its number in the pack. */
const renamed = (text, names) =>
  text
    .replace(/"([^"]+)"/, (whole, file) => names.get(file)?.split(':')[1] ?? whole)
    .replace(NAMED, (asked, at = '', file) => (names.has(file) ? `("${at}${names.get(file)}")` : asked))

const builtFiles = (outdir) => readdirSync(outdir).filter((file) => file.endsWith('.cjs'))

/** The entries, and what they name, and what that names. `lists`: of the names. */
function reachedFrom(outdir, entries, ...lists) {
  const files = new Set(entries)
  for (const file of files) {
    const names = namesIn(readFileSync(join(outdir, file), 'utf8'))
    for (const list of lists) for (const name of names[list]) files.add(name)
  }
  return files
}

/** The files that a file names: what it imports, and what it imports late. */
function namesIn(text) {
  const all = (pattern) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name))]
  return { imports: all(/require\.late\("([\w-]+\.cjs)/g), late: all(/require\("\.\/([\w-]+\.cjs)/g) }
}

/** bin/load.cjs reads them there. */
function withNames(text) {
  const { imports, late } = namesIn(text)
  return text.replace(/\}\)\n$/, `,imports:${JSON.stringify(imports)},late:${JSON.stringify(late)}})\n`)
}

/** In the order in which it reads them. */
function filesReadBy(outdir, home, words) {
  const load = JSON.stringify(join(outdir, '../bin/load.cjs'))
  const program = `
    const { load, scripts } = require(${load})
    process.once('exit', () => process.stderr.write('\\n' + JSON.stringify([...scripts.keys()])))
    load('main.cjs')`
  const options = { encoding: 'utf8', cwd: home, env: { HOME: home, LANG: 'C.UTF-8' } }
  const { stderr } = spawnSync(process.execPath, ['-e', program, 'keyrite', ...words], options)
  return JSON.parse(stderr.split('\n').at(-1))
}

const bundled = (entryPoints, outdir) =>
  build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    plugins: [
      nativePart,
      withoutEditor,
      withoutOthers,
      withoutDetection,
      withoutStandard,
      oneMeasure,
      latePackages,
      versionAlone,
    ],
    external: ['pkcs11js/build/Release/pkcs11.node'],
    outExtension: { '.js': '.cjs' },
    write: false,
    logLevel: 'warning',
  })

/** What the program says of itself where no terminal asks: bin/start.cjs says it, and reads nothing else. */
function constantAnswers(folder) {
  const said = (word) => execFileSync(process.execPath, [join(folder, 'bin/start.cjs'), word], { encoding: 'utf8' })
  const [version, help] = [said('--version'), said('--help')]
  return { '--version': version, '-V': version, '--help': help, '-h': help }
}

const COMMON_JS = {
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  define: {
    'import.meta.url': '__url',
    'import.meta.readAll': 'require.readAll',
    'import.meta.readLate': 'require.readLate',
    'import.meta.beThrifty': 'require.beThrifty',
  },
  supported: { 'dynamic-import': false },
}

/** What a module of ours knows of its own place, said in a script. */
const PLACE =
  "const __url = require('node:url').pathToFileURL(__filename).href; const __program = require('node:path').join(__filename, '../../');"

/** esbuild splits modules alone, and V8 keeps the code of scripts alone. What says where a part came from stays as a licence does. */
async function asScript(module, file) {
  const kept = module.replace(/^\s*\/\/ (?=(?:node_modules|src)\/\S+$)/gm, '//! ')
  const banner = /\bimport\.meta\.url\b|\b__program\b/.test(module) ? PLACE : ''
  const { code } = await transform(kept, { ...COMMON_JS, banner })
  // Blanks are a third of what a start would read. Names stay: a bug is told with them.
  const { code: short } = await transform(readLate(givePlainly(code)), SHORT)
  // ASCII alone need not be decoded at each start. What esbuild leaves beyond it is in patterns and comments, where an escape means the same.
  return wrapped(short, file).replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const SHORT = { minifyWhitespace: true, minifySyntax: true, treeShaking: true, target: 'node20.19' }

/** As bin/load.cjs calls it. */
const wrapped = (code, file) => `({"${file}":(function (exports, require, module, __filename) {${code}\n})\n})\n`

/** One of several. */
const joined = (texts) => `({${texts.map((text) => text.slice('({'.length, -'})\n'.length)).join(',')}})\n`

/** A file of dist/, or a module of node's own, is read when something of it is first used: bin/load.cjs has what `late` gives. */
function readLate(code) {
  const late = new Map()
  const declared = code.replace(/^var (import_\w+) = require\("(\.\/|node:)(.*)"\);$/gm, (_, name, kind, rest) => {
    // Short, as there are thousands.
    late.set(name, `$${late.size}`)
    return `const ${late.get(name)} = require.late("${kind === 'node:' ? kind : ''}${rest}");`
  })
  return declared.replace(/\b(import_\w+)\./g, (use, name) => (late.has(name) ? `${late.get(name)}.part.` : use))
}

/**
 * What a file gives, as plain values once it has run: an accessor for each, as esbuild makes them, is a tenth of a start. No two files of
 * dist/ want something of each other while they run. What a package assigns later is got when it is asked for.
 */
function givePlainly(code) {
  const [listing, names] = /^__export\(stdin_exports, \{\n([\s\S]*?)\n\}\);\nmodule\.exports = .*;$/m.exec(code) ?? []
  if (listing === undefined) return code
  const given = [...names.matchAll(/^ {2}(.+): \(\) => (.+?),?$/gm)].map(([, name, local]) =>
    new RegExp(`^ +${local.replaceAll('$', '\\$')} = `, 'm').test(code)
      ? `get ${name}() { return ${local} }`
      : `${name}: ${local}`,
  )
  return `${code.replace(listing, '')}\nmodule.exports = { __esModule: true, ${given.join(', ')} };\n`
}

/** For a while there are homes, in one folder: see test/support/sample-home.ts. */
async function withSampleHomes(use) {
  const home = mkdtempSync(join(tmpdir(), 'keyrite-build-'))
  try {
    execFileSync(process.execPath, [await bundle('test/support/sample-home.ts', 'sample-home'), home])
    await use(home)
  } finally {
    rmSync(home, { recursive: true })
  }
}

/**
 * Starts its entries once, and keeps what V8 made of it. The same program gives the same bytes, where the start has no chance in it.
 */
function compile(folder, home, ...entries) {
  const run = (node, ...args) => execFileSync(node, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  for (const node of [process.execPath, ...OTHER_NODES])
    run(node, HASHED_ALIKE, ...KEEPING, join(root, 'scripts/compile.cjs'), folder, home, ...entries)
}

/**
 * What was not used for a while would be thrown away by the garbage collector: there is room enough that it is not wanted, and it is told. Of what
 * was made machine code of once, V8 would make it again at each start, when it is first called.
 */
const KEEPING = ['--min-semi-space-size=64', '--no-flush-bytecode', '--no-sparkplug']

/** V8 takes code of its own version alone. A package is started by whichever node there is: `KEYRITE_NODES=/opt/node22/bin/node:/opt/node24/bin/node`. */
const OTHER_NODES = (process.env.KEYRITE_NODES ?? '').split(delimiter).filter((node) => node !== '')

/** Chance would be in the order of what V8 keeps. */
const HASHED_ALIKE = '--hash-seed=1'

/** A clone has the native part where a package has it. A new file: the old one may be at work. */
export function placeNative(from, folder, arch = process.arch) {
  const place = join(folder, 'native', `${process.platform}-${arch}`)
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  copyFileSync(from, join(place, 'pkcs11.node'))
}

/** Every file that is the program, below its folder: what a witness compares. By bytes, as `LC_ALL=C sort` does it. */
export function programFiles(folder) {
  const parts = ['bin', 'dist', 'native'].filter((part) => existsSync(join(folder, part)))
  const entries = parts.flatMap((part) => readdirSync(join(folder, part), { recursive: true, withFileTypes: true }))
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return files.map((file) => relative(folder, file)).sort(byBytes)
}

export const byBytes = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** The form that `sha256sum -c` reads. */
export const sumsOf = (folder, files) =>
  files.map((file) => `${sha256(readFileSync(join(folder, file)))}  ${file}\n`).join('')

/** Gives the digest of all: what is read aloud. */
export function writeSums(folder) {
  const sums = sumsOf(folder, programFiles(folder))
  writeFileSync(join(folder, 'SHA256SUMS'), sums)
  return sha256(sums)
}
