// The part of the room's door that leads to people who weren't there.
import { join } from 'node:path'
import { GrowingFile } from '../disk/growing.ts'
import type { Evidence } from '../domain/evidence.ts'
import { ceremonyKeeping } from './ceremonies.ts'
import { parseCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { cosignedAt } from './cosignature.ts'
import { openCursor } from './cursors.ts'
import { checkOutside } from './outside.ts'
import { publishTo } from './publish.ts'
import { openWitness } from './witness.ts'
import { parseWitnessPolicy } from './witness-policy.ts'

export const evidenceOf = ({ pid, clock }: { pid: number; clock(): Date }): Evidence => ({
  ...ceremonyKeeping({ pid, clock }),
  publish: (folder, home, read) => {
    checkOutside(join(folder, 'ledger.jsonl'), home)
    return publishTo(folder, pid, read)
  },
  openWitness: (home, name) => openWitness(home, name, pid),
  readCheckpoint: (note, of) => {
    const checkpoint = parseCheckpoint(note)
    if (of) verifyCheckpoint(checkpoint, of.partition, of.auditKeys)
    const { origin, size, root } = checkpoint
    return { origin, size, root: Uint8Array.from(Buffer.from(root, 'base64')) }
  },
  parsePolicy: (...given) => parseWitnessPolicy(...given),
  cosignedBy: (text, witnesses) => {
    const { note } = parseCheckpoint(text)
    const times = [...witnesses].map(([name, key]) => [name, cosignedAt(note, key)] as const)
    return new Map(times.flatMap(([name, time]) => (time === undefined ? [] : [[name, time]])))
  },
  openCursor: (path, home, out) => {
    checkOutside(path, home)
    return openCursor(path, pid, out)
  },
  openExport: (path, home, before) => {
    checkOutside(path, home)
    return new GrowingFile(path, before)
  },
})
