// Loads the program from dist/, with what V8 made of it when it was built: half of a start would be reading the sources again. Node's
// own loader takes no compiled code. A file of its own: a node of before 2018 can't parse it.
'use strict'

const { createHash } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

const dist = join(__dirname, '../dist')

/** Named by the source that it is of and by the V8 that made it: any other is not looked at. */
const codeOf = (source) => {
  const { versions, arch } = process
  return join(dist, `${createHash('sha256').update(source).digest('hex')}.v8-${versions.v8}-${arch}`)
}

function readOrNothing(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

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

function load(file) {
  const known = modules.get(file)
  if (known) return known.module.exports
  const filename = join(dist, file)
  const source = readFileSync(filename, 'utf8')
  const code = codeOf(source)
  const wrapped = `(function (exports, require, module, __filename) {${source}\n})`
  const script = new Script(wrapped, { filename, cachedData: readOrNothing(code) })
  const module = { exports: {} }
  modules.set(file, { module, script, code })
  script.runInThisContext()(module.exports, requireFrom, module, filename)
  return module.exports
}

module.exports = { load, modules }
