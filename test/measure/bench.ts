// Ratios of whole processes to their peers, measured in one run; nothing depends on them. `npm run bench`, or with a part's name.
import { audits } from './bench-audit.ts'
import { bulk } from './bench-bulk.ts'
import { copies } from './bench-copies.ts'
import { exports } from './bench-exports.ts'
import { fleet } from './bench-fleet.ts'
import { scale } from './bench-scale.ts'
import { starts } from './bench-starts.ts'

const PARTS = { starts, bulk, copies, exports, audits, scale, fleet }

const wanted = process.argv.slice(2)
console.log('medians of runs in turn; SoftHSM on tmpfs where there is one, so the module is as quick as it gets')
for (const [name, measure] of Object.entries(PARTS)) if (wanted.length === 0 || wanted.includes(name)) await measure()
