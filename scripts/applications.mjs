// Clients that use keys (OpenSSL, GnuTLS, nginx, Java, pkcs11-tool), at work while ceremonies go on: `npm run test:applications`, or
// `-- nginx java` for those. What is not installed is left out, and says so.
import { runBundle } from './bundle.mjs'

await runBundle('test/applications/main.ts', 'applications/main', process.argv.slice(2))
