// A connection that nobody uses just now: a command asks several times within a moment, and to connect costs more than what it asks.
import type { Client } from 'pg'

/** One that was left alone for longer may have been cut on its way without anybody being told. */
const FRESH_MS = 3000

/** The types lack both. */
type Kept = Client & { ref(): void; unref(): void }

const idle = new Map<string, { client: Kept; since: number }>()

/** Undefined where there is none that is fresh. */
export function takeIdle(name: string): Client | undefined {
  const kept = idle.get(name)
  if (!kept) return undefined
  idle.delete(name)
  if (performance.now() - kept.since > FRESH_MS) return void end(kept.client)
  kept.client.ref()
  return kept.client
}

/** It has nothing open, and keeps no process from ending. */
export function keepIdle(name: string, client: Client): void {
  if (idle.has(name)) return end(client)
  const kept = { client: client as Kept, since: performance.now() }
  idle.set(name, kept)
  kept.client.unref()
  client.once('end', () => {
    if (idle.get(name) === kept) idle.delete(name)
  })
}

const end = (client: Client): void => void client.end().catch(() => {})
