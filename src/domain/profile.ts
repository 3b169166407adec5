// What one token can do, and how it wants to be asked: found by doing it, approved with the partition, and gone by ever after.

/** `sealed-after`: what comes by C_UnwrapKey gets SENSITIVE, or loses EXTRACTABLE, by a call of its own. */
export type UnwrapForm = 'whole' | 'sealed-after'
/** CKA_EC_POINT of Edwards keys in C_CreateObject. */
export type PointForm = 'der' | 'bare'

/** Calls that take a template. */
export type Call = 'generate' | 'create' | 'unwrap'
