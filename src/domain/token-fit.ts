// What a token says of itself before anything is asked of it, and why no partition can begin on it: found out before it is touched.
import { deviceFailed, refused } from './errors.ts'
import { add, keyrite, to } from './hints.ts'
import { derivedLength, type PinLength, type PinRules } from './pins.ts'
import { type Foreseen, type Weakness, weaknessInWords } from './profile.ts'
import { counted } from './words.ts'

/** Of what C_GetTokenInfo tells. */
interface Told {
  pinPad: boolean
  pinLength: PinLength
  writeProtected: boolean
  loginRequired: boolean
  userPinSet: boolean
}

const LIST = keyrite('token', 'list', '--module', 'PATH')

/** TOKEN-WRITABLE, TOKEN-LOGIN, PIN-PAD, SHORT-PIN, LONG-PIN. */
export function checkFit(token: Told, rules: PinRules): void {
  const { pinPad, writeProtected, loginRequired, userPinSet, pinLength } = token
  if (writeProtected) throw deviceFailed('TOKEN-WRITABLE', 'the token says that it is write-protected', LIST)
  // Before it has a user PIN nobody could log in.
  if (userPinSet && !loginRequired)
    throw deviceFailed('TOKEN-LOGIN', 'the token says that it wants no login: whoever reaches it has its keys', LIST)
  if (pinPad)
    throw deviceFailed('PIN-PAD', 'the token has its PINs typed at the device, and takes none from here', LIST)
  derivedLength(pinLength, rules)
}

const NO_AUDIT = 'it lists nothing that could sign the ledger: neither ECDSA with P-256, nor Ed25519, nor RSA-PSS'

/** Why no partition can begin on it, as far as its library and its list of mechanisms tell, whatever is accepted. */
export const whyHopeless = ({ unfit, needs, audit }: Foreseen): string | undefined =>
  (needs ? undefined : unfit) ?? (audit.length === 0 ? NO_AUDIT : undefined)

/** MECHANISM. `what`: what can't begin. */
export function checkPromising(foreseen: Foreseen, what?: string): void {
  const why = foreseen.unfit ?? whyHopeless(foreseen)
  if (why !== undefined) throw hopeless(why, what)
}

/** MECHANISM, TOKEN-WEAK: the same, where what is known to be weak of such tokens can be accepted. */
export function checkPartitionable(foreseen: Foreseen, accepted: readonly string[]): void {
  const why = whyHopeless(foreseen)
  if (why !== undefined) throw hopeless(why)
  checkHoldsNothing(foreseen.holds)
  checkOpen((foreseen.needs ?? []).filter((word) => !accepted.includes(word)))
}

/** TOKEN-EMPTY: a blank token that holds something is somebody's, and C_InitToken would leave it there. */
export function checkHoldsNothing(holds = 0): void {
  if (holds === 0) return
  const message = `the token has no PIN, and yet it holds ${counted(holds, 'object')} that anybody sees: somebody uses it, or it was erased`
  throw refused('TOKEN-EMPTY', message, 'take one that holds nothing: of NSS a database in an empty folder')
}

/** TOKEN-BLANK: one that has a name keeps it. */
export function checkErasable({ once }: Pick<Foreseen, 'once'>): void {
  if (once)
    throw refused(
      'TOKEN-BLANK',
      'tokens of this library can not be initialised again',
      to('take a blank one; to see them', LIST),
    )
}

/** TOKEN-WEAK: all that nobody accepted, and how it is accepted. */
export function checkOpen(open: readonly Weakness[]): void {
  if (open.length === 0) return
  const message = `the token is weak, and nobody accepted that: ${open.map(weaknessInWords).join('; ')}`
  throw refused('TOKEN-WEAK', message, add(...open.flatMap((word) => ['--accept', word])))
}

/** MECHANISM: the same of a token that holds no ledger. */
export function checkLibrary({ unfit }: Pick<Foreseen, 'unfit'>): void {
  if (unfit !== undefined) throw hopeless(unfit, 'no backup is tested')
}

/** MECHANISM: the same of the token of an application. */
export function checkSeat({ unfit }: Pick<Foreseen, 'unfit'>): void {
  if (unfit !== undefined) throw hopeless(unfit, 'no application can keep keys')
}

const hopeless = (why: string, what = 'no partition can begin') =>
  deviceFailed(
    'MECHANISM',
    `${what} on this token: ${why}`,
    to('take a token of another library; to see what one has', LIST),
  )
