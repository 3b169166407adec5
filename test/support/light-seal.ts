// Share files whose passphrase is stretched as little as can be, where keyrite takes a while over it on purpose: most tests aren't about that.
import { writeFileSync } from 'node:fs'
import { Secret } from '../../src/domain/secret.ts'
import { quorum } from '../../src/quorum/quorum.ts'

/** The same share in the same file, under the same passphrase; one that is for a recipient stays as it is. */
export async function sealLightly(path: string, words: string): Promise<void> {
  using passphrase = new Secret(Buffer.from(words))
  const bytes = quorum.readShareFile(path)
  if ((await quorum.shareFileProtection(bytes)) !== 'passphrase') return
  const opened = await quorum.openShareFile(bytes, { passphrases: [passphrase], identities: [] })
  using share = opened.share
  const text = quorum.formatShareFile(share, opened.hints)
  writeFileSync(path, await quorum.sealShareFile(text, { kind: 'passphrase', passphrase, cost: 1 }))
}
