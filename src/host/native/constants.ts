// The numbers of PKCS#11 that Keyrite uses, 3.x included: pkcs11js lacks some, and a misspelt one there kills the process.

/** Object classes. */
export const CKO = {
  ...{ DATA: 0, CERTIFICATE: 1, PUBLIC_KEY: 2, PRIVATE_KEY: 3, SECRET_KEY: 4 },
  ...{ HW_FEATURE: 5, MECHANISM: 7, PROFILE: 9, VALIDATION: 0xa },
} as const

/** Key types. */
export const CKK = {
  RSA: 0,
  EC: 3,
  GENERIC_SECRET: 0x10,
  DES2: 0x14,
  DES3: 0x15,
  AES: 0x1f,
  SHA256_HMAC: 0x2b,
  SHA384_HMAC: 0x2c,
  SHA512_HMAC: 0x2d,
  EC_EDWARDS: 0x40,
  ML_DSA: 0x4a,
} as const

/** User types. */
export const CKU = { SO: 0, USER: 1 } as const

/** Session flags, initialisation flags and token flags share the prefix, not the meaning. */
export const CKF = {
  RW_SESSION: 0x2,
  SERIAL_SESSION: 0x4,
  OS_LOCKING_OK: 0x2,
  TOKEN_PRESENT: 0x1,
  WRITE_PROTECTED: 0x2,
  LOGIN_REQUIRED: 0x4,
  USER_PIN_INITIALIZED: 0x8,
  PROTECTED_AUTHENTICATION_PATH: 0x100,
  TOKEN_INITIALIZED: 0x400,
  USER_PIN_COUNT_LOW: 0x1_0000,
  USER_PIN_FINAL_TRY: 0x2_0000,
  USER_PIN_LOCKED: 0x4_0000,
  /** Of a mechanism. */
  WRAP: 0x2_0000,
  UNWRAP: 0x4_0000,
  SO_PIN_COUNT_LOW: 0x10_0000,
  SO_PIN_FINAL_TRY: 0x20_0000,
  SO_PIN_LOCKED: 0x40_0000,
  SO_PIN_TO_BE_CHANGED: 0x80_0000,
} as const

/** Attributes that are not flags. The flags stand in FLAG. */
export const CKA = {
  CLASS: 0x0,
  LABEL: 0x3,
  APPLICATION: 0x10,
  VALUE: 0x11,
  CERTIFICATE_TYPE: 0x80,
  ISSUER: 0x81,
  SERIAL_NUMBER: 0x82,
  CHECK_VALUE: 0x90,
  KEY_TYPE: 0x100,
  SUBJECT: 0x101,
  ID: 0x102,
  MODULUS: 0x120,
  MODULUS_BITS: 0x121,
  PUBLIC_EXPONENT: 0x122,
  PRIVATE_EXPONENT: 0x123,
  VALUE_LEN: 0x161,
  EC_PARAMS: 0x180,
  EC_POINT: 0x181,
  PARAMETER_SET: 0x61d,
  SEED: 0x637,
  /** NSS: the public point, as an attribute of the private key. */
  NSS_DB: 0xd5a0_db00,
  /** CKF_ARRAY_ATTRIBUTE | 0x600: its value is an array of CK_ULONG. */
  ALLOWED_MECHANISMS: 0x4000_0600,
} as const

/** Boolean attributes, by their name without CKA_. */
export const FLAG = {
  TOKEN: 0x1,
  PRIVATE: 0x2,
  TRUSTED: 0x86,
  SENSITIVE: 0x103,
  ENCRYPT: 0x104,
  DECRYPT: 0x105,
  WRAP: 0x106,
  UNWRAP: 0x107,
  SIGN: 0x108,
  SIGN_RECOVER: 0x109,
  VERIFY: 0x10a,
  VERIFY_RECOVER: 0x10b,
  DERIVE: 0x10c,
  EXTRACTABLE: 0x162,
  LOCAL: 0x163,
  NEVER_EXTRACTABLE: 0x164,
  ALWAYS_SENSITIVE: 0x165,
  MODIFIABLE: 0x170,
  COPYABLE: 0x171,
  DESTROYABLE: 0x172,
  ALWAYS_AUTHENTICATE: 0x202,
  WRAP_WITH_TRUSTED: 0x210,
} as const
export type FlagName = keyof typeof FLAG

const ATTRIBUTE_NAMES = new Map<number, string>(
  [...Object.entries(CKA), ...Object.entries(FLAG)].map(([name, number]) => [number, `CKA_${name}`]),
)
export const attributeName = (number: number): string => ATTRIBUTE_NAMES.get(number) ?? `CKA_0x${number.toString(16)}`

/** Mechanisms. */
export const CKM = {
  RSA_PKCS_KEY_PAIR_GEN: 0x0,
  RSA_PKCS: 0x1,
  RSA_PKCS_OAEP: 0x9,
  RSA_PKCS_PSS: 0xd,
  ML_DSA_KEY_PAIR_GEN: 0x1c,
  ML_DSA: 0x1d,
  DES2_KEY_GEN: 0x130,
  DES3_KEY_GEN: 0x131,
  DES3_ECB: 0x132,
  SHA_1: 0x220,
  SHA256: 0x250,
  SHA224: 0x255,
  SHA256_HMAC: 0x251,
  SHA384: 0x260,
  SHA384_HMAC: 0x261,
  SHA512: 0x270,
  SHA512_HMAC: 0x271,
  GENERIC_SECRET_KEY_GEN: 0x350,
  EC_KEY_PAIR_GEN: 0x1040,
  ECDSA: 0x1041,
  ECDH1_DERIVE: 0x1050,
  EC_EDWARDS_KEY_PAIR_GEN: 0x1055,
  EDDSA: 0x1057,
  AES_KEY_GEN: 0x1080,
  AES_ECB: 0x1081,
  AES_CBC_PAD: 0x1085,
  AES_CMAC: 0x108a,
  AES_KEY_WRAP: 0x2109,
  /** RFC 5649 on SoftHSM; another format on NSS. What it is gets probed. */
  AES_KEY_WRAP_PAD: 0x210a,
  AES_KEY_WRAP_KWP: 0x210b,
} as const

/** Parameters of OAEP and PSS: each hash, and MGF1 with the same one, as all the world has it. */
export const MASKED = {
  sha1: { hashAlg: CKM.SHA_1, mgf: 0x1 },
  sha224: { hashAlg: CKM.SHA224, mgf: 0x5 },
  sha256: { hashAlg: CKM.SHA256, mgf: 0x2 },
  sha384: { hashAlg: CKM.SHA384, mgf: 0x3 },
  sha512: { hashAlg: CKM.SHA512, mgf: 0x4 },
} as const

const MECHANISM_NAMES = new Map<number, string>(Object.entries(CKM).map(([name, number]) => [number, `CKM_${name}`]))
export const ckmName = (number: number): string => MECHANISM_NAMES.get(number) ?? `CKM_0x${number.toString(16)}`
