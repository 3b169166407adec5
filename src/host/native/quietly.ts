// Cleans up after a failure, or at the end: a failure here adds nothing.

/** The first error is the one to tell: a session that can't be closed after it says nothing new. */
export function quietly(close: () => void): void {
  try {
    close()
  } catch {
    // The caller has a better error already, or is ending anyway.
  }
}
