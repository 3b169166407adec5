// Loads the program from dist/, with what V8 made of it when it was built: half of a start would be reading the sources again. Node's
// own loader takes no compiled code. A file of its own: a node of before 2018 can't parse it.
'use strict'

const { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } = require('node:fs')
const { basename, join } = require('node:path')
const { Script } = require('node:vm')

const dist = join(__dirname, '../dist')

/** Named by the V8 that made it: any other's is not looked at. V8 itself refuses what was made under other flags. */
const codeOf = (filename) => `${filename}.v8-${process.versions.v8}-${process.arch}`

/** npm gives each file the time at which it unpacked it, in no order. */
const UNPACKED_MS = 10_000

/** Nothing runs that SHA256SUMS does not name: a file that somebody put there is passed over. */
const sums = (() => {
  try {
    return readFileSync(join(__dirname, '../SHA256SUMS'), 'latin1')
  } catch {
    return ''
  }
})()

/** Code is longer than what it was made of. */
const ROOM = 1 << 19

let room = Buffer.alloc(0)

/** Until the next one is read: memory that was never used costs more than the reading. */
function readShortly(path) {
  const fd = openSync(path)
  try {
    const { size } = fstatSync(fd)
    if (room.length < size) room = Buffer.allocUnsafeSlow(size + ROOM)
    let length = 0
    for (let read = 1; read > 0 && length < size; length += read) read = readSync(fd, room, length, size - length)
    return room.subarray(0, length)
  } finally {
    closeSync(fd)
  }
}

/** The code that was made of a file; none where the file was changed since. */
function readCode(code, filename) {
  if (!sums.includes(`  dist/${basename(code)}\n`)) return undefined
  try {
    return statSync(code).mtimeMs + UNPACKED_MS < statSync(filename).mtimeMs ? undefined : readShortly(code)
  } catch {
    return undefined
  }
}

/** By name, what they give. */
const modules = new Map()

/** A module of node's own is read by whoever first uses something of it, or asks what it has. */
const late = (name) =>
  new Proxy(
    {},
    {
      get: (_, member) => require(name)[member],
      has: (_, member) => member in require(name),
      ownKeys: () => Reflect.ownKeys(require(name)),
      // What a proxy of an empty object says of a member may be taken back: so it has to be configurable.
      getOwnPropertyDescriptor(_, member) {
        const found = Reflect.getOwnPropertyDescriptor(require(name), member)
        return found && { ...found, configurable: true }
      },
    },
  )

/** What the files of dist/ have for each other; for all else node's own. */
function requireFrom(name) {
  if (name.startsWith('./')) return load(name.slice(2))
  return name.startsWith('node:') ? late(name) : require(name)
}

/** What is read when something of it is first used; plainer than a proxy, whose every use costs. */
class Late {
  #read
  constructor(read) {
    this.#read = read
  }

  get part() {
    const value = this.#read()
    Object.defineProperty(this, 'part', { value })
    return value
  }
}

/** By name, as it is asked for. */
const lates = new Map()

requireFrom.late = (name) => {
  const known = lates.get(name)
  if (known) return known
  const late = new Late(() => (name.startsWith('node:') ? require(name) : load(name)))
  lates.set(name, late)
  return late
}

/** After this nothing that was imported is read from the disk any more: an upgrade may take it away. What it gives runs when it is used. */
function readAll() {
  readFrom('imports')
  beThrifty()
}
requireFrom.readAll = readAll

/** The same of what is imported late. */
requireFrom.readLate = () => readFrom('imports', 'late')

/** By the build each file has lists of those that it names. */
function readFrom(...lists) {
  for (const { parts } of scripts.values())
    for (const list of lists) for (const file of parts[list]) if (!scripts.has(file)) scriptOf(file)
}

/**
 * What lives for a moment gets a megabyte from now on and no more: much that passes through, such as a long ledger, would take thirty before it is thrown
 * away. V8 passes over the code of what is read later, as it was made under other flags: so this is for a start that has all, or that has much to do.
 */
function beThrifty() {
  room = Buffer.alloc(0)
  require('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
}
requireFrom.beThrifty = beThrifty

/** By file: what V8 made of it, and what it gives: a function for each part that lies in it, and which files it names. */
const scripts = new Map()

function scriptOf(file) {
  const known = scripts.get(file)
  if (known) return known
  const filename = join(dist, file)
  // The build leaves nothing in it that is not ASCII, and makes functions of it: so it need be neither decoded nor copied.
  const source = readShortly(filename).toString('latin1')
  const code = codeOf(filename)
  // Named alike wherever the program lies: what V8 makes of it has that name in it.
  const script = new Script(source, { filename: `dist/${file}`, cachedData: readCode(code, filename) })
  // What comes after a large one is smaller.
  if (room.length > 2 * ROOM) room = Buffer.alloc(0)
  const read = { script, code, parts: script.runInThisContext() }
  scripts.set(file, read)
  return read
}

/** `FILE`, or `FILE:PART`: what is always read together lies in one file. */
function run(name, module) {
  const [file, part = file] = name.split(':')
  scriptOf(file).parts[part](module.exports, requireFrom, module, join(dist, file))
}

function load(name) {
  const known = modules.get(name)
  if (known) return known.exports
  const module = { exports: {} }
  modules.set(name, module)
  run(name, module)
  return module.exports
}

module.exports = { load, readAll, run, scriptOf, scripts }
