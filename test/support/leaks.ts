// Where a secret could show: in every process that a program starts, in what it says, and in the files that it leaves.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { toBase32 as base32 } from '../../src/domain/encoding.ts'

/** As they are, and as somebody might write them. */
export const spellings = (secret: Buffer): Buffer[] => [
  secret,
  ...(['hex', 'base64', 'base64url'] as const).map((how) => Buffer.from(secret.toString(how).replace(/=+$/, ''))),
  Buffer.from(secret.toString('hex').toUpperCase()),
  Buffer.from(base32(secret)),
]

export function contentOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0) // a folder, or gone meanwhile
  }
}

/** The files below a folder, with what is in them; what is another user's is not looked into. */
export function filesBelow(folder: string): [name: string, content: Buffer][] {
  return namesIn(folder).flatMap((name): [string, Buffer][] => [
    [name, contentOf(join(folder, name))],
    ...filesBelow(join(folder, name)).map(([inner, content]): [string, Buffer] => [join(name, inner), content]),
  ])
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // a file, another's, or gone meanwhile
  }
}

function family(pid: number): number[] {
  const children = contentOf(`/proc/${pid}/task/${pid}/children`).toString().split(' ').filter(Boolean)
  return [pid, ...children.flatMap((child) => family(Number(child)))]
}

/** Collects the arguments and the environment of a process and all its descendants, as anyone of the same user reads them. */
export function watchProcesses(seen: Map<string, Buffer>): (pid: number) => void {
  return (first) => {
    const look = () => {
      for (const pid of family(first)) {
        for (const file of ['cmdline', 'environ']) {
          const content = contentOf(`/proc/${pid}/${file}`)
          if (content.length > 0) seen.set(`${file} ${pid} ${content.toString('latin1')}`, content)
        }
      }
      if (contentOf(`/proc/${first}/cmdline`).length > 0) setTimeout(look, 8)
    }
    look()
  }
}
