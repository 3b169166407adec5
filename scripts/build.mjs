// Bundles the program into dist/, puts the native part beside it, and writes SHA256SUMS over all that is started from here.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bundle.mjs'
import { buildProgram, placeNative, writeSums } from './program.mjs'

await buildProgram(join(root, 'dist'))
const native = join(root, 'node_modules/pkcs11js/build/Release/pkcs11.node')
// npm may have been told to run no scripts: then it is built later, and found where node-gyp puts it.
if (existsSync(native)) placeNative(native, root)
writeSums(root)
