// The part of the room's door that leads to people who weren't there.
import { join } from 'node:path'
import { GrowingFile } from '../disk/growing.ts'
import type { Evidence } from '../domain/evidence.ts'
import { openCursor } from './cursors.ts'
import { checkOutside } from './outside.ts'
import { publishTo } from './publish.ts'

export const evidenceOf = ({ pid }: { pid: number }): Evidence => ({
  publish: (folder, home, ...given) => {
    checkOutside(join(folder, 'ledger.jsonl'), home)
    return publishTo(folder, ...given)
  },
  openCursor: (path) => openCursor(path, pid),
  openExport: (path, before) => new GrowingFile(path, before),
})
