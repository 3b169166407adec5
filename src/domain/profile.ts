// What one token can do, and how it wants to be asked: found by doing it, approved with the partition, and gone by ever after.

/** Calls that take a template. */
export type Call = 'generate' | 'create' | 'unwrap'
