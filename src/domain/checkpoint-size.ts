// How many records a checkpoint is of, as it says itself.

/** The records that it vouches for: none where it does not say. */
export function checkpointSize(note: string): number {
  const [, size = ''] = note.split('\n')
  return /^\d{1,16}$/.test(size) ? Number(size) : 0
}
