// CLEAR-ON-HOST: a key that the token can't open as it is wrapped is opened here, once that was approved, and wrapped anew in a way that the
// token has. Here, beside the library: this process has the KEK in any case, says nothing to anyone, and ends with the command.
import { randomBytes } from 'node:crypto'
import { notVerified } from '../../domain/errors.ts'
import { classOf } from '../../domain/keys.ts'
import type { WrappedKey } from '../../hsm/port.ts'
import { kindNamed, takes, type Wrap } from './wraps.ts'

/** What opens on this host: disposal wipes it. */
export class HostKek implements Disposable {
  readonly #value: Uint8Array

  constructor(value: Uint8Array) {
    this.#value = Uint8Array.from(value)
  }

  /** The same key in each way that the token has for its type, by preference. */
  *rewrapped(key: WrappedKey, wraps: readonly Wrap[]): Generator<WrappedKey> {
    for (const { kind } of wraps.filter((one) => takes(one, key.type))) {
      const plain = this.#opened(key)
      try {
        const iv = randomBytes(kind.ivLength)
        const value = classOf(key.type) === 'pair' ? withoutPadding(plain) : plain
        yield { ...key, wrap: kind.name, blob: Buffer.concat([iv, kind.wrapped(this.#value, value, iv)]) }
      } finally {
        plain.fill(0)
      }
    }
  }

  /** BACKUP-OPENS */
  #opened({ label, wrap, blob }: WrappedKey): Buffer {
    const { ivLength, opened } = kindNamed(wrap)
    try {
      return opened(this.#value, blob.subarray(ivLength), blob.subarray(0, ivLength))
    } catch {
      throw notVerified('BACKUP-OPENS', `the key of the backup does not open ${label} in it`)
    }
  }

  [Symbol.dispose](): void {
    this.#value.fill(0)
  }
}

/** Some tokens fill a PKCS#8 with zeros before they wrap it, and others take no such. It is one DER SEQUENCE, which says its length. */
function withoutPadding(pkcs8: Buffer): Buffer {
  const first = pkcs8[1] ?? 0
  const more = first & 0x80 ? first & 0x7f : 0
  const length = more === 0 ? first : pkcs8.readUIntBE(2, Math.min(more, 4))
  return pkcs8.subarray(0, 2 + more + length)
}
