// A library loaded here works with node's own OpenSSL, and what fails in it leaves errors behind: node takes the oldest for its own when it
// next parses a private key, however good that is. The program is safe from this: it loads a library beside itself, where nothing parses one.
import { X509Certificate } from 'node:crypto'

export function forgetErrors(): void {
  try {
    new X509Certificate('')
  } catch {
    // Reading a certificate leaves the queue empty, whatever comes of it.
  }
}
