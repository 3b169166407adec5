// The witness of a home: its key and what it has seen, in a folder that no partition can have the name of.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkOwnFolder, errnoOf, exists, readOwnText, replaceFile, syncFolder } from '../disk/files.ts'
import { refused } from '../domain/errors.ts'
import type { Witness } from '../domain/evidence.ts'
import { add } from '../domain/hints.ts'
import { formatWitnessState, parseWitnessState, type WitnessState } from '../domain/witness-state.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { cosign, withCosignature, witnessKeyText } from './cosignature.ts'
import { Lock } from './lock.ts'
import { createStationKey, openStationKey } from './station.ts'

const FOLDER = '.witness'

/** WITNESS-NAME, WITNESS-STATE, LOCKED: the one that is there; with a name it is made where there is none. */
export function openWitness(home: string, name: string | undefined, pid: number): Witness {
  const folder = join(home, FOLDER)
  const [file, key] = [join(folder, 'witness.json'), join(folder, 'witness.key')]
  if (!exists(file) && exists(key)) throw stateMissing(file)
  if (!exists(file) && name === undefined)
    throw refused(
      'WITNESS-NAME',
      'this home has no witness yet, and no name for one was given',
      add('--name', 'example.com/witness'),
    )
  makeFolders(home, folder)
  const lock = Lock.at(join(folder, 'lock'), pid, 'is at work as this witness')
  try {
    const before = stateIn(file)
    const state = before ?? { name: name!, logs: [] }
    if (name !== undefined && name !== state.name)
      throw refused(
        'WITNESS-NAME',
        `this home is the witness ${state.name}, and no other`,
        `without --name, or with another --home`,
      )
    const write = (logs: WitnessState['logs']) => {
      lock.check()
      replaceFile(file, formatWitnessState({ name: state.name, logs }))
    }
    if (!before) write([])
    // A state that has seen nothing waits for its key.
    if (!exists(key) && state.logs.length > 0) throw keyMissing(key)
    const signer = exists(key) ? openStationKey(key) : createStationKey(key)
    return {
      name: state.name,
      verifierKey: witnessKeyText(state.name, signer),
      logs: state.logs,
      keep: (log) => write([...state.logs.filter(({ partition }) => partition !== log.partition), log]),
      cosign: async (note, seconds) =>
        withCosignature(note, await cosign(parseCheckpoint(note).note.text, state.name, seconds, signer)),
      [Symbol.dispose]: () => lock[Symbol.dispose](),
    }
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}

/** A key without a state may have signed what nobody remembers. */
const stateMissing = (file: string): Error =>
  refused('WITNESS-STATE', `${file} is missing: nobody can tell what this witness has seen`, 'bring a copy of it back')

const keyMissing = (key: string): Error =>
  refused('STATION-KEY', `the key of this witness is missing: ${key}`, [
    'bring a copy of it back',
    'where there is none, begin another witness in another home: --home DIR',
  ])

function makeFolders(...folders: string[]): void {
  for (const folder of folders) {
    if (!exists(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 })
    checkOwnFolder(folder)
    syncFolder(join(folder, '..'))
  }
}

function stateIn(file: string): Omit<WitnessState, 'format'> | undefined {
  try {
    return parseWitnessState(readOwnText(file), file)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}
