// Text of foreign origin, made fit to be shown: what a library prints must not steer the terminal.

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]/g

export const escaped = (text: string): string =>
  text.replace(UNFIT, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`)
