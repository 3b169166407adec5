// A hint as a program gets it, and as a person sees it: the same words, in one line and in rows.
import assert from 'node:assert/strict'

/** Rows are parted where the line has `;` and `#`, and a command that is broken goes on after a backslash. */
const squeezed = (text: string): string => text.replace(/[\s#;\\]+/g, '')

/** `rows`: what stands on the screen of that hint. */
export const assertShown = (hint: string, rows: string): void => assert.equal(squeezed(rows), squeezed(hint), rows)
