// How cards and the files of their PINs are named on the command line.
import { resolve } from 'node:path'

/** `MODULE`, or `MODULE,SERIAL` of one card among several. */
export function cardNamed(text: string): { module: string; serial?: string } {
  const [, module, serial] = /^(.+),([^,/]*)$/.exec(text) ?? []
  return module === undefined || !serial ? { module: resolve(text) } : { module: resolve(module), serial }
}

/** With absolute paths, for a command that goes on. */
export function absoluteCard(text: string): string {
  const { module, serial } = cardNamed(text)
  return serial === undefined ? module : `${module},${serial}`
}

/** `FILE`, or `SERIAL=FILE` for one card. */
export function pinFileNamed(text: string): { serial?: string; file: string } {
  const [, serial, file] = /^([^=/]+)=(.+)$/.exec(text) ?? []
  return serial === undefined || file === undefined ? { file: text } : { serial, file }
}

export function absolutePinFile(text: string): string {
  const { serial, file } = pinFileNamed(text)
  return serial === undefined ? resolve(file) : `${serial}=${resolve(file)}`
}
