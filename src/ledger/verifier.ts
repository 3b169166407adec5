// What a thread beside the one that reads a ledger runs: it looks at signatures.
import { isMainThread, workerData } from 'node:worker_threads'
import { Slots } from './slots.ts'

// The build reads each file once, to keep what V8 makes of it.
if (!isMainThread) new Slots(workerData).lookAtAll()
