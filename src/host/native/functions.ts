// Every function of PKCS#11 that is called, in one table: whether it can leave something on a token, and what a trace may tell of it.

/** Of arguments and answers: numbers and types alone. What no kind names is never looked at, so no PIN, key or label can be told. */
export type Kind = 'slot' | 'session' | 'object' | 'objects' | 'pair' | 'user' | 'mechanism' | 'type' | 'template'

interface Fn {
  /** It can leave something on a token: any error may come after the change was made, unless the module refused. */
  changes?: true
  /** Its arguments, in their order; undefined is passed over. */
  told: readonly (Kind | undefined)[]
  gives?: Kind
}

const FUNCTIONS = {
  C_Initialize: { told: [] },
  C_Finalize: { told: [] },
  C_GetInfo: { told: [] },
  C_GetSlotList: { told: [] },
  C_GetSlotInfo: { told: ['slot'] },
  C_GetTokenInfo: { told: ['slot'] },
  C_GetMechanismList: { told: ['slot'] },
  C_GetMechanismInfo: { told: ['slot', 'type'] },
  C_OpenSession: { told: ['slot'], gives: 'session' },
  C_CloseSession: { told: ['session'] },
  C_Login: { told: ['session', 'user'] },
  C_Logout: { told: ['session'] },
  C_GenerateRandom: { told: ['session'] },
  C_FindObjectsInit: { told: ['session', 'template'] },
  C_FindObjects: { told: ['session'], gives: 'objects' },
  C_FindObjectsFinal: { told: ['session'] },
  C_GetAttributeValue: { told: ['session', 'object', 'template'] },
  C_SignInit: { told: ['session', 'mechanism', 'object'] },
  C_Sign: { told: ['session'] },
  C_EncryptInit: { told: ['session', 'mechanism', 'object'] },
  C_Encrypt: { told: ['session'] },
  C_DecryptInit: { told: ['session', 'mechanism', 'object'] },
  C_Decrypt: { told: ['session'] },
  C_VerifyInit: { told: ['session', 'mechanism', 'object'] },
  C_Verify: { told: ['session'] },
  C_WrapKey: { told: ['session', 'mechanism', 'object', 'object'] },
  // Copies are of session objects alone.
  C_CopyObject: { told: ['session', 'object', 'template'], gives: 'object' },

  C_InitToken: { changes: true, told: ['slot'] },
  C_InitPIN: { changes: true, told: ['session'] },
  C_SetPIN: { changes: true, told: ['session'] },
  C_SetAttributeValue: { changes: true, told: ['session', 'object', 'template'] },
  C_CreateObject: { changes: true, told: ['session', 'template'], gives: 'object' },
  C_DestroyObject: { changes: true, told: ['session', 'object'] },
  C_GenerateKey: { changes: true, told: ['session', 'mechanism', 'template'], gives: 'object' },
  C_GenerateKeyPair: { changes: true, told: ['session', 'mechanism', 'template', 'template'], gives: 'pair' },
  C_DeriveKey: { changes: true, told: ['session', 'mechanism', 'object', 'template'], gives: 'object' },
  C_UnwrapKey: {
    changes: true,
    told: ['session', 'mechanism', 'object', undefined, 'template'],
    gives: 'object',
  },
} as const satisfies { readonly [name: string]: Fn }

export type FunctionName = keyof typeof FUNCTIONS

export const functionOf = (name: FunctionName): Fn => FUNCTIONS[name]
