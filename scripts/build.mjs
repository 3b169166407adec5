// Bundles the program into dist/, and writes SHA256SUMS over all that is started from here.
import { join } from 'node:path'
import { root } from './bundle.mjs'
import { buildProgram, writeSums } from './program.mjs'

await buildProgram(join(root, 'dist'))
writeSums(root)
