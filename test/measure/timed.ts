// Whole processes, timed, with the processor time they took and the most memory they ever held.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Timed {
  ms: number
  /** Milliseconds of processor time, of its children too; 0 where /proc doesn't say. */
  cpu: number
  /** Megabytes; 0 where /proc doesn't say. */
  peak: number
  stdout: string
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** VmHWM only grows, so the last look before the end is the peak, or close to it. */
const peakOf = (pid: number): number => Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024

/** What all our children that have ended took, in the hundredths of a second that Linux counts in. */
export function childrenTook(): number {
  const [, , , , , , , , , , , , , user, system] = read('/proc/self/stat')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(user ?? 0) + Number(system ?? 0)) * 10
}

export function timed(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  ends: number | 'anyhow' = 0,
): Promise<Timed> {
  const [start, before] = [performance.now(), childrenTook()]
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr, peak] = ['', '', 0]
  child.stdout.on('data', (data) => (stdout += data))
  child.stderr.on('data', (data) => (stderr += data))
  const look = setInterval(() => (peak = Math.max(peak, peakOf(child.pid!))), 10)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(look)
      const ms = performance.now() - start
      const done = { ms, cpu: childrenTook() - before, peak: Math.round(peak), stdout }
      if (ends === 'anyhow' || code === ends) resolve(done)
      else reject(new Error(`exit ${code}: ${program} ${args.join(' ')}\n${stdout}${stderr}`))
    })
  })
}

type Runs<Name extends string> = Record<Name, () => Promise<Timed>>

/** Each in turn, so many times over: what the machine does besides meets them all. The median of each. */
export async function inTurn<Name extends string>(times: number, runs: Runs<Name>): Promise<Record<Name, Timed>> {
  const names = Object.keys(runs) as Name[]
  const all = new Map<Name, Timed[]>(names.map((name) => [name, []]))
  for (let i = 0; i < times; i++) for (const name of names) all.get(name)!.push(await runs[name]())
  return Object.fromEntries(names.map((name) => [name, median(all.get(name)!)])) as Record<Name, Timed>
}

/** The run in the middle of several. */
const median = (runs: readonly Timed[]): Timed => [...runs].sort((a, b) => a.ms - b.ms)[Math.floor(runs.length / 2)]!
