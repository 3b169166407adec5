// The rules of the house as tables, and the function that says where a source file breaks one. See test/house.test.ts.
import { posix } from 'node:path'

/** What each room may import of ours: whole rooms, and of other rooms the ports, as types alone or as they are. */
const rooms: Record<string, { imports: readonly string[]; ports: 'none' | 'types' | 'all' }> = {
  domain: { imports: [], ports: 'none' },
  disk: { imports: ['domain'], ports: 'none' },
  ceremony: { imports: ['domain'], ports: 'none' },
  ledger: { imports: ['disk', 'domain'], ports: 'none' },
  database: { imports: ['disk', 'domain', 'ledger'], ports: 'none' },
  quorum: { imports: ['disk', 'domain'], ports: 'none' },
  terminal: { imports: ['domain'], ports: 'none' },
  x509: { imports: ['domain'], ports: 'none' },
  hsm: { imports: ['domain'], ports: 'none' },
  host: { imports: ['domain', 'hsm'], ports: 'none' },
  client: { imports: ['domain', 'host', 'hsm'], ports: 'none' },
  change: { imports: ['domain', 'x509'], ports: 'types' },
  cli: { imports: ['change', 'domain', 'terminal'], ports: 'all' },
  views: { imports: ['ceremony', 'change', 'cli', 'domain', 'terminal'], ports: 'types' },
  session: { imports: ['ceremony', 'change', 'cli', 'domain', 'terminal', 'views'], ports: 'all' },
  commands: { imports: ['ceremony', 'change', 'cli', 'domain', 'session', 'terminal', 'views', 'x509'], ports: 'all' },
  docs: {
    imports: ['ceremony', 'change', 'cli', 'commands', 'domain', 'program', 'terminal', 'views', 'x509'],
    ports: 'types',
  },
}

/** The files at the top are no rooms: they join them. */
const joints = new Set(['main', 'run', 'program', 'tree', 'config', 'machine', 'installation'])

/** One package has one door. The last five are pure, and may be used where the bytes are defined. */
const doors: Record<string, readonly string[]> = {
  pkcs11js: ['host'],
  'shamir-secret-sharing': ['quorum'],
  'age-encryption': ['quorum'],
  inquirer: ['terminal'],
  chalk: ['terminal'],
  'cli-table3': ['terminal'],
  'fast-string-width': ['terminal'],
  pg: ['database'],
  qr: ['terminal'],
  commander: ['cli', 'commands', 'docs', 'program', 'session', 'tree'],
  '@bomb.sh/tab': ['commands', 'program'],
  canonicalize: ['domain'],
  asn1js: ['domain', 'x509'],
  pkijs: ['x509'],
  '@noble/ciphers': ['domain'],
  '@noble/curves': ['domain'],
  '@scure/base': ['domain', 'quorum'],
  'smol-toml': ['domain'],
  conf: ['config'],
  valibot: ['ceremony', 'config', 'domain'],
}

const pureModules = new Set(['node:crypto', 'node:buffer'])

/** Who may read `process`; of the others a file may have the members named here, which are facts of the system. */
const processReaders = new Set(['src/main.ts', 'src/host/host.ts'])
const processFacts: Record<string, readonly string[]> = {
  'src/disk/ours.ts': ['geteuid'],
  'src/host/native/own-symbols.ts': ['config', 'dlopen', 'env', 'platform'],
  'src/host/unhurried.ts': ['versions'],
  'src/ledger/owner.ts': ['kill', 'pid'],
  'src/quorum/private-file.ts': ['geteuid'],
}

interface Import {
  line: number
  specifier: string
  /** What stands in the braces; `*` where there are none. */
  names: string[]
  typeOnly: boolean
}

/** A comment may say anything. Blanked, not cut, so that lines keep their numbers. */
const withoutComments = (source: string) =>
  source.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '))

const lineOf = (source: string, index: number) => source.slice(0, index).split('\n').length

// A default or a namespace, names in braces, both, or nothing but the quoted path.
const statement =
  /^(?:import|export)(\s+type)?\s+(?:(?:[\w$*]+(?:\s+as\s+[\w$]+)?\s*,?\s*)?(?:\{([^}]*)\}\s*)?from\s*)?['"]([^'"]+)['"]/gm
const call = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g

const namesIn = (braces = '*') =>
  braces.split(',').flatMap(
    (name) =>
      name
        .trim()
        .replace(/^type /, '')
        .split(' ')[0] || [],
  )

function importsOf(code: string): Import[] {
  const stated = [...code.matchAll(statement)].map(({ index, 1: type, 2: braces, 3: specifier }) => ({
    line: lineOf(code, index),
    specifier: specifier!,
    names: namesIn(braces),
    typeOnly: type !== undefined,
  }))
  const called = [...code.matchAll(call)].map(({ index, 1: specifier }) => ({
    line: lineOf(code, index),
    specifier: specifier!,
    names: ['*'],
    typeOnly: false,
  }))
  return [...stated, ...called]
}

/** The room of a path in src; a file at the top is a room of its own name. */
const roomOf = (path: string) => path.split('/')[1]!.replace(/\.ts$/, '')

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

function judgeOwn(file: string, { specifier, typeOnly }: Import): string | undefined {
  const room = roomOf(file)
  const target = posix.join(posix.dirname(file), specifier)
  if (joints.has(room)) return undefined
  if (!target.startsWith('src/')) return `${room} may not import ${target}`
  const other = roomOf(target)
  if (other === room) return undefined
  const { imports, ports } = rooms[room]!
  if (imports.includes(other)) return undefined
  if (posix.basename(target) !== 'port.ts' || ports === 'none') return `${room} may not import ${target}`
  return ports === 'types' && !typeOnly ? `${room} may import ${target} as a type only` : undefined
}

function judgePackage(file: string, { specifier }: Import): string | undefined {
  const name = packageOf(specifier)
  const allowed = doors[name]
  if (allowed === undefined) return `${name} has no door in the house`
  return allowed.includes(roomOf(file)) ? undefined : `${name} may be imported in ${allowed.join(' and ')} only`
}

function judgeProcess(file: string, members: string[]): string | undefined {
  const known = processFacts[file] ?? []
  if (processReaders.has(file) || members.every((member) => known.includes(member))) return undefined
  return 'process is read in main and the host only'
}

function judgeImport(file: string, found: Import): string | undefined {
  const { specifier } = found
  if (specifier.startsWith('.')) return judgeOwn(file, found)
  if (!specifier.startsWith('node:')) return judgePackage(file, found)
  if (specifier === 'node:process') return judgeProcess(file, found.names)
  return roomOf(file) === 'domain' && !pureModules.has(specifier) ? `domain may not import ${specifier}` : undefined
}

function judgeLine(file: string, text: string): string | undefined {
  const members = [...text.matchAll(/\bprocess\s*\??\.\s*(\w+)|\bprocess\[/g)].map((match) => match[1] ?? '*')
  const spelled = roomOf(file) !== 'host' && /\bCK[AM]_/.test(text)
  const late = /\bimport\(/.test(text) && !/\blazily\(\(\) => import\(/.test(text)
  if (late) return 'what is loaded late is loaded by lazily(() => import(...))'
  return judgeProcess(file, members) ?? (spelled ? 'CKA_ and CKM_ are spelled in host only' : undefined)
}

const FUNCTION = /^(export )?(async )?function|=> \{$|^((async|private|static) )*[*#\w]+\(.*\{$/

/**
 * As it is built for node 20, what a `using` in a loop throws is thrown again at its end in every later turn: the build keeps it in a variable of the
 * whole function. So it is not caught inside the loop. Found by how far lines are indented, as the formatter leaves them.
 */
function judgeUsing(lines: readonly string[], at: number): string | undefined {
  if (!/^\s*(await )?using \w+ =/.test(lines[at]!)) return undefined
  let indent = lines[at]!.search(/\S/)
  let isCaught = false
  for (const line of lines.slice(0, at).reverse()) {
    const its = line.search(/\S/)
    if (its < 0 || its >= indent) continue
    indent = its
    const text = line.trim()
    isCaught ||= text === 'try {'
    if (isCaught && /^(for|while)\b/.test(text)) return 'a using that is caught inside a loop belongs into a function'
    if (!/^(for|while|if|switch)\b/.test(text) && FUNCTION.test(text)) return undefined
  }
  return undefined
}

/** Every breach in one file, as `src/room/file.ts:12: what is wrong`. */
export function breaches(file: string, source: string): string[] {
  const room = roomOf(file)
  if (!(room in rooms) && !joints.has(room)) return [`${file}:1: the house has no room called ${room}`]
  const code = withoutComments(source)
  const imports = importsOf(code).map((found) => [found.line, judgeImport(file, found)] as const)
  const texts = code.split('\n')
  const lines = texts.map((text, i) => [i + 1, judgeLine(file, text) ?? judgeUsing(texts, i)] as const)
  const headed = source.startsWith('// ') ? [] : [[1, 'the first line says what the file is for'] as const]
  return [...headed, ...imports, ...lines]
    .filter(([, wrong]) => wrong !== undefined)
    .sort(([a], [b]) => a - b)
    .map(([line, wrong]) => `${file}:${line}: ${wrong}`)
}

const LONGEST = 300
/** No room holds more than this part of all code. */
const FULLEST = 1 / 5

type Sources = ReadonlyMap<string, string>

const lengthOf = (source: string) => source.trimEnd().split('\n').length

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

/** Files that are too long, and rooms that are too full. */
export function tooLarge(sources: Sources): string[] {
  const long = [...sources].filter(([, text]) => lengthOf(text) > LONGEST).map(([file]) => `${file} is too long`)
  const total = sum([...sources.values()].map(lengthOf))
  const inRoom = (room: string) =>
    sum([...sources].filter(([file]) => roomOf(file) === room).map(([, text]) => lengthOf(text)))
  const full = Object.keys(rooms).filter((room) => inRoom(room) > total * FULLEST)
  return [...long, ...full.map((room) => `${room} holds too much of all code`)]
}

/** The files of ours that a file imports. */
const joinedTo = (file: string, source: string) =>
  importsOf(withoutComments(source))
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map((found) => ({ ...found, target: posix.join(posix.dirname(file), found.specifier) }))

/** Files that import each other, by whatever way: each circle once, from its first file. */
export function circles(sources: Sources): string[] {
  const [done, found] = [new Set<string>(), new Set<string>()]
  const walk = (file: string, way: string[]): void => {
    if (way.includes(file)) found.add([...way.slice(way.indexOf(file)), file].join(' -> '))
    if (done.has(file) || way.includes(file)) return
    for (const { target } of joinedTo(file, sources.get(file) ?? '')) walk(target, [...way, file])
    done.add(file)
  }
  for (const file of sources.keys()) walk(file, [])
  return [...found]
}

const exported = /^export (?:async )?(?:const|function\*?|class|interface|type|let) (\w+)/gm

/** What a file of src exports, and nobody imports. `others`: whoever else may use it. */
export function unusedExports(sources: Sources, others: Sources): string[] {
  const used = new Set<string>()
  for (const [file, source] of [...sources, ...others])
    for (const { target, names } of joinedTo(file, source)) for (const name of names) used.add(`${target}#${name}`)
  const isUsed = (file: string, name: string) => used.has(`${file}#${name}`) || used.has(`${file}#*`)
  return [...sources].flatMap(([file, source]) =>
    [...withoutComments(source).matchAll(exported)]
      .filter(([, name]) => !isUsed(file, name!))
      .map(([, name]) => `${file}: nobody imports ${name}`),
  )
}
