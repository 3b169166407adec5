// A connection that nobody uses just now: a command asks several times within a moment, and to connect costs more than what it asks.
import type { Client } from 'pg'

/** One that was left alone for longer may have been cut on its way without anybody being told. By a clock that may be set meanwhile: what has one that can't be is another thing to load. */
const FRESH_MS = 3000

/** The types lack both. */
type Kept = Client & { ref(): void; unref(): void }

const idle = new Map<string, { client: Kept; since: number; forget: () => void }>()

/** Undefined where there is none that is fresh. */
export function takeIdle(name: string): Client | undefined {
  const kept = idle.get(name)
  if (!kept) return undefined
  const { client, since, forget } = kept
  forget()
  client.off('end', forget)
  if (Math.abs(Date.now() - since) > FRESH_MS) return void end(client)
  client.ref()
  return client
}

/** It has nothing open, and keeps no process from ending. */
export function keepIdle(name: string, client: Client): void {
  if (idle.has(name)) return end(client)
  const forget = () => void idle.delete(name)
  idle.set(name, { client: client as Kept, since: Date.now(), forget })
  client.once('end', forget)
  ;(client as Kept).unref()
}

const end = (client: Client): void => void client.end().catch(() => {})
