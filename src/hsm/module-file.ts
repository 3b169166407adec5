// The module's file, looked at before anything is loaded: it is there, it is a library of this machine, and these are its bytes.
import { createHash } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { arch } from 'node:os'
import { deviceFailed, usage } from '../domain/errors.ts'
import { escaped } from '../domain/names.ts'

const ELF = 0x7f454c46
const ELF_SHARED = 3
/** e_machine of node's names for processors. */
const ELF_MACHINES: Record<string, number> = {
  x64: 62,
  arm64: 183,
  arm: 40,
  ia32: 3,
  ppc64: 21,
  s390x: 22,
  riscv64: 243,
  loong64: 258,
}
const MACH_O = 0xfeedfacf
const MACH_O_MACHINES: Record<string, number> = { x64: 0x0100_0007, arm64: 0x0100_000c }
const MACH_O_LIBRARIES = [6, 8]
/** Several processors in one file; dlopen picks. */
const MACH_O_FAT = 0xcafebabe

/** So many bytes from there on, or as many as there are. */
type Part = (at: number, length: number) => Promise<Buffer>

async function isElfLibrary(head: Buffer, part: Part): Promise<boolean> {
  const little = head[5] === 1
  const [type, machine] = little
    ? [head.readUInt16LE(16), head.readUInt16LE(18)]
    : [head.readUInt16BE(16), head.readUInt16BE(18)]
  const isOurs = type === ELF_SHARED && machine === (ELF_MACHINES[arch()] ?? machine)
  return isOurs && !(await isElfProgram(head, little, part))
}

const ELF_DYNAMIC = 2
const ELF_FLAGS_1 = 0x6ffffffb
const ELF_PIE = 0x0800_0000

/** A program that may lie anywhere in memory has the type of a library: a flag tells it apart, and no other program can load it. */
async function isElfProgram(head: Buffer, little: boolean, part: Part): Promise<boolean> {
  const wide = head[4] === 2
  const size = wide ? 8 : 4
  const number = (bytes: Buffer, at: number, length: number): number => {
    if (at + length > bytes.length) return 0
    if (length === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
    return little ? bytes.readUIntLE(at, length) : bytes.readUIntBE(at, length)
  }
  const [table, each, many] = wide
    ? [number(head, 32, 8), number(head, 54, 2), number(head, 56, 2)]
    : [number(head, 28, 4), number(head, 42, 2), number(head, 44, 2)]
  const headers = await part(table, many * each)
  const places = Array.from({ length: many }, (_, i) => i * each)
  const found = places.find((at) => number(headers, at, 4) === ELF_DYNAMIC)
  if (found === undefined) return false
  const dynamic = await part(
    number(headers, found + (wide ? 8 : 4), size),
    number(headers, found + (wide ? 32 : 16), size),
  )
  for (let at = 0; at < dynamic.length; at += 2 * size)
    if (number(dynamic, at, size) === ELF_FLAGS_1) return (number(dynamic, at + size, 4) & ELF_PIE) !== 0
  return false
}

const isMachOLibrary = (head: Buffer): boolean =>
  head.readUInt32LE(4) === MACH_O_MACHINES[arch()] && MACH_O_LIBRARIES.includes(head.readUInt32LE(12))

const HEAD = 64

async function isLibrary(part: Part): Promise<boolean> {
  const head = await part(0, HEAD)
  if (head.length < HEAD) return false
  const magic = head.readUInt32BE(0)
  if (magic === ELF) return isElfLibrary(head, part)
  return magic === MACH_O_FAT || (head.readUInt32LE(0) === MACH_O && isMachOLibrary(head))
}

const AT_ONCE = 1 << 16

/** Hex. Some libraries are large: no more than a piece is in memory. */
async function sha256Of(file: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(AT_ONCE)
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(piece, 0, AT_ONCE, at)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(piece.subarray(0, bytesRead))
    at += bytesRead
  }
}

const missing = (path: string, why: string) =>
  // The caller knows where the path came from, and how another is given.
  usage(`the module ${escaped(path)} ${why}`, undefined, 'MODULE-MISSING')

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    throw missing(path, (error as NodeJS.ErrnoException).code === 'EACCES' ? 'may not be read' : await whyGone(path))
  }
}

/** A link to a library of a package leads nowhere once the package has another version. */
async function whyGone(path: string): Promise<string> {
  const target = await readlink(path).catch(() => undefined)
  return target === undefined ? 'does not exist' : `leads to ${escaped(target)}, which does not exist`
}

export interface ModuleFile {
  /** Symbolic links resolved. */
  path: string
  /** Hex. */
  sha256: string
}

export interface OpenModule extends ModuleFile, AsyncDisposable {
  /** What was hashed. */
  file: FileHandle
  /** As it was before its first byte was read. */
  facts: BigIntStats
}

/** MODULE-MISSING, MODULE-INVALID: the file stays open, so that what is loaded can be held against it. */
export async function openModule(path: string): Promise<OpenModule> {
  const real = await resolved(path)
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => {
    throw missing(path, 'may not be read')
  })
  try {
    const facts = await file.stat({ bigint: true })
    if (!facts.isFile()) throw missing(path, 'is not a file')
    const part: Part = async (at, length) => {
      const there = Math.min(length, Number(facts.size) - at)
      if (there <= 0) return Buffer.alloc(0)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(there), 0, there, at)
      return buffer.subarray(0, bytesRead)
    }
    if (!(await isLibrary(part)))
      throw deviceFailed('MODULE-INVALID', `${escaped(real)} is not a shared library for this machine`)
    return { path: real, sha256: await sha256Of(file), file, facts, [Symbol.asyncDispose]: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

export async function checkModule(path: string): Promise<ModuleFile> {
  await using module = await openModule(path)
  return { path: module.path, sha256: module.sha256 }
}
