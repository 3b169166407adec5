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

function isElfLibrary(file: Buffer): boolean {
  const little = file[5] === 1
  const [type, machine] = little
    ? [file.readUInt16LE(16), file.readUInt16LE(18)]
    : [file.readUInt16BE(16), file.readUInt16BE(18)]
  return type === ELF_SHARED && machine === (ELF_MACHINES[arch()] ?? machine) && !isElfProgram(file, little)
}

const ELF_DYNAMIC = 2
const ELF_FLAGS_1 = 0x6ffffffb
const ELF_PIE = 0x0800_0000

/** A program that may lie anywhere in memory has the type of a library: a flag tells it apart, and no other program can load it. */
function isElfProgram(file: Buffer, little: boolean): boolean {
  const wide = file[4] === 2
  const size = wide ? 8 : 4
  const number = (at: number, bytes: number): number => {
    if (at + bytes > file.length) return 0
    if (bytes === 8) return Number(little ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at))
    return little ? file.readUIntLE(at, bytes) : file.readUIntBE(at, bytes)
  }
  const [table, each, many] = wide
    ? [number(32, 8), number(54, 2), number(56, 2)]
    : [number(28, 4), number(42, 2), number(44, 2)]
  const headers = Array.from({ length: many }, (_, i) => table + i * each)
  const dynamic = headers.find((at) => number(at, 4) === ELF_DYNAMIC)
  if (dynamic === undefined) return false
  const start = number(dynamic + (wide ? 8 : 4), size)
  const end = Math.min(start + number(dynamic + (wide ? 32 : 16), size), file.length)
  for (let at = start; at < end; at += 2 * size)
    if (number(at, size) === ELF_FLAGS_1) return (number(at + size, 4) & ELF_PIE) !== 0
  return false
}

const isMachOLibrary = (file: Buffer): boolean =>
  file.readUInt32LE(4) === MACH_O_MACHINES[arch()] && MACH_O_LIBRARIES.includes(file.readUInt32LE(12))

function isLibrary(file: Buffer): boolean {
  if (file.length < 64) return false
  const magic = file.readUInt32BE(0)
  if (magic === ELF) return isElfLibrary(file)
  return magic === MACH_O_FAT || (file.readUInt32LE(0) === MACH_O && isMachOLibrary(file))
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
    const bytes = await file.readFile()
    if (!isLibrary(bytes))
      throw deviceFailed('MODULE-INVALID', `${escaped(real)} is not a shared library for this machine`)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { path: real, sha256, file, facts, [Symbol.asyncDispose]: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

export async function checkModule(path: string): Promise<ModuleFile> {
  await using module = await openModule(path)
  return { path: module.path, sha256: module.sha256 }
}
