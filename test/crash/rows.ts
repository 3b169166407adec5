// Rows of the matrix, as data: what is crashed, and how. Who carries one out is another process.
import {
  type CeremonyCrash,
  ceremonyCrashes,
  mannerOfCeremony,
  surviveCeremony,
  titleOfCeremony,
  VERBS,
} from './ceremonies.ts'
import { type Choice, type Crash, crashesOf, mannerOf, survive, titleOf } from './crash.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS } from './operations.ts'

/** The operation by its name. */
type OperationCrash = Omit<Crash, 'operation'> & { operation: string }

export interface Row {
  title: string
  manner: string
  crash: OperationCrash | CeremonyCrash
}

const CEREMONIES = VERBS.map((verb) => `ceremony-${verb}`)

/** Whose rows are counted in one go. */
export const SUBJECTS: readonly (readonly string[])[] = [...OPERATIONS.map(({ name }) => [name]), CEREMONIES]

export async function rowsOf(subject: string, choice: Choice): Promise<Row[]> {
  if (subject === CEREMONIES[0]) return (await ceremonyCrashes(choice)).map(ofCeremony)
  return (await crashesOf(named(subject), choice)).map(ofOperation)
}

const ofCeremony = (crash: CeremonyCrash): Row => ({
  title: titleOfCeremony(crash),
  manner: mannerOfCeremony(crash),
  crash,
})

const ofOperation = (crash: Crash): Row => ({
  title: titleOf(crash),
  manner: mannerOf(crash.strike),
  crash: { ...crash, operation: crash.operation.name },
})

const named = (name: string): Operation => OPERATIONS.find((operation) => operation.name === name)!

/** Throws with the whole story when something is not as it must be. `turn`: of its number in the run. */
export const surviveRow = ({ crash }: Row, turn: number): Promise<void> =>
  'verb' in crash ? surviveCeremony(crash) : survive({ ...crash, operation: named(crash.operation) }, turn)
