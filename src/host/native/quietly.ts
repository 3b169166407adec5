// Cleaning up after a failure, or on the way out: what fails here says nothing new.

/** The first error is the one to tell: a session that can't be closed after it says nothing new. */
export function quietly(close: () => void): void {
  try {
    close()
  } catch {
    // Whoever is here has a better error in hand, or is leaving anyway.
  }
}
