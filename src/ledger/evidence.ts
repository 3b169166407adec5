// The part of the room's door that leads to people who weren't there.
import { GrowingFile } from '../disk/growing.ts'
import type { Evidence } from '../domain/evidence.ts'
import { openCursor } from './cursors.ts'

export const evidenceOf = ({ pid }: { pid: number }): Evidence => ({
  openCursor: (path) => openCursor(path, pid),
  openExport: (path, before) => new GrowingFile(path, before),
})
