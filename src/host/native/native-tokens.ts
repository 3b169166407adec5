// The module, its slots, tokens, sessions and PINs: one checked method for each native call.
import { type KnownLibrary, knownLibrary } from '../../domain/known-libraries.ts'
import type { Weakness } from '../../domain/profile.ts'
import type { Binding } from './binding.ts'
import { calling } from './binding.ts'
import { CKF, CKU } from './constants.ts'
import { Room } from './room.ts'
import type { Session, Slot } from './values.ts'
import { handle, text, ulong32 } from './values.ts'

/** How this library differs from most. */
export interface Manners {
  /** C_Login's number for a role. */
  userTypes?: { so?: number; user?: number }
  /** For C_Initialize. */
  libraryParameters?: string | undefined
  /** A file that hears of each call. */
  trace?: string | undefined
}

export class NativeTokens {
  private readonly users: Readonly<Record<keyof typeof CKU, number>>
  private readonly parameters: { libraryParameters?: string }

  constructor(
    protected readonly lib: Binding,
    { userTypes: { so = CKU.SO, user = CKU.USER } = {}, libraryParameters }: Manners = {},
  ) {
    this.users = { SO: so, USER: user }
    // pkcs11js takes the last character away.
    this.parameters = libraryParameters === undefined ? {} : { libraryParameters: `${libraryParameters} ` }
  }

  /** What is known of this library beforehand. */
  known: KnownLibrary | undefined

  /** Where it has one for few keys. */
  protected room: Room | undefined

  /** Its tokens are known to have this weakness. */
  has = (weakness: Weakness): boolean => this.known?.needs?.includes(weakness) === true

  // Without OS locking, calls from several threads of a module's own hang or crash.
  initialize(): void {
    calling('C_Initialize', () => this.lib.C_Initialize({ flags: CKF.OS_LOCKING_OK, ...this.parameters }))
    this.known = knownLibrary(this.info().libraryDescription)
    this.room = this.known?.room === undefined ? undefined : new Room(this.known.room)
  }

  finalize = () => calling('C_Finalize', () => this.lib.C_Finalize())
  info = () => calling('C_GetInfo', () => this.lib.C_GetInfo())

  slots = (present: boolean) => calling('C_GetSlotList', () => this.lib.C_GetSlotList(present)) as Slot[]
  slotInfo = (slot: Slot) => calling('C_GetSlotInfo', () => this.lib.C_GetSlotInfo(handle(slot)))
  tokenInfo = (slot: Slot) => calling('C_GetTokenInfo', () => this.lib.C_GetTokenInfo(handle(slot)))
  mechanisms = (slot: Slot) => calling('C_GetMechanismList', () => this.lib.C_GetMechanismList(handle(slot)))
  mechanismInfo = (slot: Slot, mechanism: number) =>
    calling('C_GetMechanismInfo', () => this.lib.C_GetMechanismInfo(handle(slot), ulong32(mechanism, 'mechanism')))

  /** The label must fill 32 bytes: C_InitToken reads that many, whatever it was given. */
  initToken(slot: Slot, pin: string, label: string): void {
    const padded = Buffer.alloc(32, ' ')
    if (padded.write(label) !== Buffer.byteLength(label)) throw new TypeError('a token label has at most 32 bytes')
    calling('C_InitToken', () => this.lib.C_InitToken(handle(slot), text(pin, 'PIN'), padded.toString('utf8')))
  }

  openSession = (slot: Slot, flags: number) =>
    calling('C_OpenSession', () => this.lib.C_OpenSession(handle(slot), ulong32(flags, 'flags'))) as Session
  closeSession = (session: Session) => calling('C_CloseSession', () => this.lib.C_CloseSession(handle(session)))
  login(session: Session, user: keyof typeof CKU, pin: string): void {
    const enter = () =>
      calling('C_Login', () => this.lib.C_Login(handle(session), ulong32(this.users[user], 'user'), text(pin, 'PIN')))
    enter()
    this.room?.enter(() => {
      calling('C_Logout', () => this.lib.C_Logout(handle(session)))
      enter()
    })
  }

  logout(session: Session): void {
    this.room?.leave()
    calling('C_Logout', () => this.lib.C_Logout(handle(session)))
  }

  initPin = (session: Session, pin: string) =>
    calling('C_InitPIN', () => this.lib.C_InitPIN(handle(session), text(pin, 'PIN')))
  setPin = (session: Session, now: string, next: string) =>
    calling('C_SetPIN', () => this.lib.C_SetPIN(handle(session), text(now, 'PIN'), text(next, 'PIN')))

  /** The wrapper hands back the buffer that it was given, filled. */
  random(session: Session, length: number): Buffer {
    const out = Buffer.alloc(ulong32(length, 'length'))
    calling('C_GenerateRandom', () => this.lib.C_GenerateRandom(handle(session), out))
    return out
  }
}
