// keyrite key import --in FILE alone: a key that lies in a file as it is, or under a passphrase, and is in the clear here for a moment.

import { bringValue } from '../../../change/bring-value.ts'
import { checkCanTake } from '../../../change/import-ability.ts'
import { usagesFor } from '../../../change/operations/generate-keys.ts'
import { checkNameFree, importKey, planImport } from '../../../change/operations/import-key.ts'
import type { ChangeOptions } from '../../../cli/options.ts'
import { toCompare } from '../../../domain/check-values.ts'
import { refused } from '../../../domain/errors.ts'
import { hintText } from '../../../domain/hint-text.ts'
import { add, sh, to } from '../../../domain/hints.ts'
import { checkSaid } from '../../../domain/jwk-says.ts'
import type { KeyType, Usage } from '../../../domain/keys.ts'
import { type KeyName, label, quoted } from '../../../domain/names.ts'
import { ACCEPTS_PARITY } from '../../../domain/odd-parity.ts'
import { isOfKeys } from '../../../domain/plan-shapes.ts'
import type { ChangeSession } from '../../../session/change-session.ts'
import { keyInFile } from '../../../session/key-file-entry.ts'
import { changeReport } from '../../../views/report.ts'

export interface Options extends ChangeOptions {
  in?: string
  type?: KeyType
  usage?: Usage[]
  backup: boolean
  sender?: string
  kcv?: string
  inPassphraseFile?: string
}

/** CLEAR-ON-HOST, KEY-FILE and its like, and what planImport throws. */
export async function run(name: KeyName, file: string, options: Options, work: ChangeSession): Promise<void> {
  const { type, sender, inPassphraseFile: passphraseFile, kcv } = options
  checkAccepted(file, options)
  const { context, history, terminal } = work
  checkNameFree(name, history)
  using key = await keyInFile(
    { file, type, passphraseFile, kcv, anyParity: options.accept.includes(ACCEPTS_PARITY) },
    { ...context, terminal },
  )
  const { fingerprint, otherwise, source, lacksParity, says } = key
  const meant = { type: key.type, usage: usagesFor({ ...options, type: key.type }), backup: options.backup }
  if (says) checkSaid(says, meant, file)
  const accepted = options.accept.filter(isOfKeys)
  const request = {
    ...options,
    name,
    type: key.type,
    origin: {
      kind: 'file',
      sha256: source.sha256,
      ...(sender === undefined ? {} : { sender }),
      clearOnHost: true,
    } as const,
    check: toCompare(fingerprint, kcv),
    otherwise,
    source,
    accepted,
    lacksParity,
  }
  const plan = planImport(request, history, await work.planInputs(options))
  using approved = await work.approve(plan, options, async (opened) =>
    checkCanTake(request, await work.abilities(opened, [key.type])),
  )
  if (!approved) return
  const [target] = plan.keys
  const bring = importKey(plan, (session, at) => bringValue(target, key, session, context.sources, at))
  const result = await approved.carryOut(bring)
  terminal.answer(
    changeReport(`imported ${label(name, target.version)} from ${file}: ${target.state}, ${fingerprint}`, result),
  )
  terminal.say(
    `  ${hintText(to(`${file} still holds the key: once a backup has it, destroy every copy`, sh('shred', '-u', file)))}`,
  )
}

/** Before anything of the file is in memory. */
export function checkAccepted(file: string, { accept }: Pick<Options, 'accept'>): void {
  if (accept.includes('clear-on-host')) return
  throw refused(
    'CLEAR-ON-HOST',
    `a key in a file is in the clear in the memory of this machine: ${quoted(file)} was not read`,
    to('where that is accepted', add('--accept', 'clear-on-host')),
  )
}
