// Names of the return values of PKCS#11 2.40 and 3.x: an error is known by its number, and shown by its name.

const TABLE = `
0 OK|1 CANCEL|2 HOST_MEMORY|3 SLOT_ID_INVALID|5 GENERAL_ERROR|6 FUNCTION_FAILED|7 ARGUMENTS_BAD|8 NO_EVENT
9 NEED_TO_CREATE_THREADS|a CANT_LOCK|10 ATTRIBUTE_READ_ONLY|11 ATTRIBUTE_SENSITIVE|12 ATTRIBUTE_TYPE_INVALID
13 ATTRIBUTE_VALUE_INVALID|1b ACTION_PROHIBITED|20 DATA_INVALID|21 DATA_LEN_RANGE|30 DEVICE_ERROR|31 DEVICE_MEMORY
32 DEVICE_REMOVED|40 ENCRYPTED_DATA_INVALID|41 ENCRYPTED_DATA_LEN_RANGE|42 AEAD_DECRYPT_FAILED|50 FUNCTION_CANCELED
51 FUNCTION_NOT_PARALLEL|54 FUNCTION_NOT_SUPPORTED|60 KEY_HANDLE_INVALID|62 KEY_SIZE_RANGE|63 KEY_TYPE_INCONSISTENT
64 KEY_NOT_NEEDED|65 KEY_CHANGED|66 KEY_NEEDED|67 KEY_INDIGESTIBLE|68 KEY_FUNCTION_NOT_PERMITTED|69 KEY_NOT_WRAPPABLE
6a KEY_UNEXTRACTABLE|70 MECHANISM_INVALID|71 MECHANISM_PARAM_INVALID|82 OBJECT_HANDLE_INVALID|90 OPERATION_ACTIVE
91 OPERATION_NOT_INITIALIZED|a0 PIN_INCORRECT|a1 PIN_INVALID|a2 PIN_LEN_RANGE|a3 PIN_EXPIRED|a4 PIN_LOCKED
b0 SESSION_CLOSED|b1 SESSION_COUNT|b3 SESSION_HANDLE_INVALID|b4 SESSION_PARALLEL_NOT_SUPPORTED|b5 SESSION_READ_ONLY
b6 SESSION_EXISTS|b7 SESSION_READ_ONLY_EXISTS|b8 SESSION_READ_WRITE_SO_EXISTS|c0 SIGNATURE_INVALID
c1 SIGNATURE_LEN_RANGE|d0 TEMPLATE_INCOMPLETE|d1 TEMPLATE_INCONSISTENT|e0 TOKEN_NOT_PRESENT|e1 TOKEN_NOT_RECOGNIZED
e2 TOKEN_WRITE_PROTECTED|f0 UNWRAPPING_KEY_HANDLE_INVALID|f1 UNWRAPPING_KEY_SIZE_RANGE
f2 UNWRAPPING_KEY_TYPE_INCONSISTENT|100 USER_ALREADY_LOGGED_IN|101 USER_NOT_LOGGED_IN|102 USER_PIN_NOT_INITIALIZED
103 USER_TYPE_INVALID|104 USER_ANOTHER_ALREADY_LOGGED_IN|105 USER_TOO_MANY_TYPES|110 WRAPPED_KEY_INVALID
112 WRAPPED_KEY_LEN_RANGE|113 WRAPPING_KEY_HANDLE_INVALID|114 WRAPPING_KEY_SIZE_RANGE
115 WRAPPING_KEY_TYPE_INCONSISTENT|120 RANDOM_SEED_NOT_SUPPORTED|121 RANDOM_NO_RNG|130 DOMAIN_PARAMS_INVALID
140 CURVE_NOT_SUPPORTED|150 BUFFER_TOO_SMALL|160 SAVED_STATE_INVALID|170 INFORMATION_SENSITIVE|180 STATE_UNSAVEABLE
190 CRYPTOKI_NOT_INITIALIZED|191 CRYPTOKI_ALREADY_INITIALIZED|1a0 MUTEX_BAD|1a1 MUTEX_NOT_LOCKED|1b0 NEW_PIN_MODE
1b1 NEXT_OTP|1b5 EXCEEDED_MAX_ITERATIONS|1b6 FIPS_SELF_TEST_FAILED|1b7 LIBRARY_LOAD_FAILED|1b8 PIN_TOO_WEAK
1b9 PUBLIC_KEY_INVALID|200 FUNCTION_REJECTED|201 TOKEN_RESOURCE_EXCEEDED|202 OPERATION_CANCEL_FAILED
203 KEY_EXHAUSTED|204 PENDING|205 SESSION_ASYNC_NOT_SUPPORTED|206 SEED_RANDOM_REQUIRED|207 OPERATION_NOT_VALIDATED
208 TOKEN_NOT_INITIALIZED|209 PARAMETER_SET_NOT_SUPPORTED`

const ENTRIES = TABLE.trim()
  .split(/[|\n]/)
  .map((entry) => entry.split(' ') as [string, string])

const NAMES = new Map(ENTRIES.map(([hex, name]) => [Number.parseInt(hex, 16), `CKR_${name}` as const]))

export const ckrName = (number: number): `CKR_${string}` => NAMES.get(number) ?? `CKR_0x${number.toString(16)}`

/** pkcs11js reports a CKR as `.code`, or only in the text of a plain Error. */
export function ckrOf(error: unknown): number | undefined {
  const { code, message } = error as { code?: unknown; message: string }
  const number = typeof code === 'number' && code > 0 ? code : Number(/CKR_\w+:(\d+)/.exec(message)?.[1])
  return Number.isInteger(number) ? number : undefined
}

/** A call of the module that failed, by the name of the function and the number that it gave. */
export class Pkcs11Error extends Error {
  readonly ckr: `CKR_${string}`

  constructor(
    readonly fn: string,
    readonly number: number,
  ) {
    super(`${fn}: ${ckrName(number)} (0x${number.toString(16)})`)
    this.ckr = ckrName(number)
  }
}

/** True for an error of the module with one of these numbers. */
export const isCkr = (error: unknown, ...numbers: number[]): error is Pkcs11Error =>
  error instanceof Pkcs11Error && numbers.includes(error.number)

/** The module checked its arguments and refused before it did anything. */
const REFUSALS = [
  ...[0x3, 0x7, 0x10, 0x11, 0x12, 0x13, 0x1b, 0x54, 0x60, 0x62, 0x63, 0x68, 0x69, 0x6a, 0x70, 0x71, 0x82, 0xa0, 0xa1],
  ...[0xa2, 0xa3, 0xa4, 0xb5, 0xb6, 0xb7, 0xb8, 0xd0, 0xd1, 0xe0, 0xe1, 0xe2, 0x100, 0x101, 0x102, 0x103, 0x104, 0x113],
  ...[0x114, 0x115, 0x140, 0x1b8],
]

export const isRefusal = (number: number): boolean => REFUSALS.includes(number)
/** No answer to what was asked: the token, or the machine, has no room for it just now. */
const NO_ROOM = [0x2, 0x31, 0x32, 0xb1, 0x201]
export const isNoAnswer = (error: unknown): boolean => isCkr(error, ...NO_ROOM)

export const isRefused = (error: unknown): error is Pkcs11Error =>
  error instanceof Pkcs11Error && isRefusal(error.number)

/** The return values that decide something here. */
export const CKR = {
  ATTRIBUTE_READ_ONLY: 0x10,
  ATTRIBUTE_SENSITIVE: 0x11,
  ATTRIBUTE_TYPE_INVALID: 0x12,
  ATTRIBUTE_VALUE_INVALID: 0x13,
  KEY_FUNCTION_NOT_PERMITTED: 0x68,
  MECHANISM_INVALID: 0x70,
  OBJECT_HANDLE_INVALID: 0x82,
  PIN_INCORRECT: 0xa0,
  PIN_LOCKED: 0xa4,
  SESSION_COUNT: 0xb1,
  SIGNATURE_INVALID: 0xc0,
  SIGNATURE_LEN_RANGE: 0xc1,
  TEMPLATE_INCOMPLETE: 0xd0,
  TEMPLATE_INCONSISTENT: 0xd1,
  USER_NOT_LOGGED_IN: 0x101,
  USER_PIN_NOT_INITIALIZED: 0x102,
  USER_TYPE_INVALID: 0x103,
} as const
