// Key blocks that others have published (test/vectors/tr31.json), with what is in them.
import { readFileSync } from 'node:fs'

export interface KeyBlockVector {
  kbpk: string
  key: string
  block: string
  header: {
    version: string
    usage: string
    algorithm: string
    modeOfUse: string
    keyVersion: string
    exportability: string
  }
}

export const keyBlocks = (): KeyBlockVector[] => JSON.parse(readFileSync('test/vectors/tr31.json', 'utf8')).vectors
