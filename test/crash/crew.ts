// Several processes at work on the rows: a library finds its tokens by the environment of a whole process, so each can have it within its own.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import type { Choice } from './crash.ts'
import { type Row, rowsOf, surviveRow } from './rows.ts'

/** To count the rows of a subject, or to carry one out. */
export type Task = { subject: string; choice: Choice } | { row: Row; turn: number }

export interface Answer {
  rows?: Row[]
  failure?: string
}

const WORKER = 'crash-worker'
const WORKERS = Math.max(2, availableParallelism())

export const isWorker = (): boolean => process.argv[2] === WORKER

/** Answers one task after the other, until nobody asks any more. */
export function work(): void {
  process.on('message', async (task: Task) => process.send!(await answer(task)))
}

async function answer(task: Task): Promise<Answer> {
  try {
    if ('subject' in task) return { rows: await rowsOf(task.subject, task.choice) }
    await surviveRow(task.row, task.turn)
    return {}
  } catch (error) {
    return { failure: (error as Error).message }
  }
}

/** Tells of each task's answer. What ends a worker has failed; another one takes its place. */
export async function share<T extends Task>(tasks: readonly T[], told: (task: T, answer: Answer) => void) {
  const queue = tasks.values()
  await Promise.all(Array.from({ length: WORKERS }, () => serve(queue, told)))
}

async function serve<T extends Task>(queue: Iterator<T>, told: (task: T, answer: Answer) => void): Promise<void> {
  let worker: ChildProcess | undefined
  for (let { value: task, done } = queue.next(); !done; { value: task, done } = queue.next()) {
    worker ??= start()
    const answered = await ask(worker, task)
    told(task, answered ?? { failure: `the worker ended: ${worker.signalCode ?? worker.exitCode}` })
    if (!answered) worker = undefined
  }
  worker?.disconnect()
}

const start = (): ChildProcess => fork(process.argv[1]!, [WORKER])

/** Undefined where the worker ended over it. */
async function ask(worker: ChildProcess, task: Task): Promise<Answer | undefined> {
  worker.send(task)
  const ended = new AbortController()
  const { signal } = ended
  try {
    return await Promise.race([
      once(worker, 'message', { signal }).then(([answered]) => answered as Answer),
      once(worker, 'exit', { signal }).then(() => undefined),
    ])
  } finally {
    ended.abort()
  }
}
