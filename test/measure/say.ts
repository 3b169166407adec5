// How measurements are told: one line each with the ratio to a peer of the same run, and whether an aim was met.
import { loadavg } from 'node:os'
import type { Timed } from './timed.ts'

const number = (value: number, width: number, digits = 0): string => value.toFixed(digits).padStart(width)

export const heading = (text: string): void =>
  console.log(`\n${text}\n${''.padEnd(44)}  median ms    cpu ms   (load ${loadavg()[0]!.toFixed(1)})`)

/** Times, and how many times as long as the peer: by the clock, and by processor time, which other work on the machine bends less. */
export function line(name: string, { ms, cpu }: Timed, peer?: Timed, of = ''): void {
  const byCpu = peer && peer.cpu > 0 ? ` (cpu ${(cpu / peer.cpu).toFixed(2)})` : ''
  const ratio = peer ? `  ${number(ms / peer.ms, 7, 2)} x ${of}${byCpu}` : ''
  console.log(`${name.padEnd(44)}  ${number(ms, 9, 1)}  ${number(cpu, 8)}${ratio}`)
}

export function aim(what: string, value: number, met: boolean): void {
  console.log(`  ${met ? 'met    ' : 'not met'}  ${what}: ${value.toFixed(2)}`)
}

export const atMost = (what: string, value: number, most: number): void =>
  aim(`${what}, at most ${most}`, value, value <= most)
export const atLeast = (what: string, value: number, least: number): void =>
  aim(`${what}, at least ${least}`, value, value >= least)
