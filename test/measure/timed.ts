// Whole processes, timed, with the most memory they ever held.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Timed {
  ms: number
  /** Megabytes; 0 where /proc doesn't say. */
  peak: number
  stdout: string
}

/** VmHWM only grows, so the last look before the end is the peak, or close to it. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

export function timed(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  ends: number | 'anyhow' = 0,
): Promise<Timed> {
  const start = performance.now()
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
      if (ends === 'anyhow' || code === ends) resolve({ ms, peak: Math.round(peak), stdout })
      else reject(new Error(`exit ${code}: ${program} ${args.join(' ')}\n${stdout}${stderr}`))
    })
  })
}

/** The run in the middle of several. */
export async function median(times: number, run: () => Promise<Timed>): Promise<Timed> {
  const runs: Timed[] = []
  for (let i = 0; i < times; i++) runs.push(await run())
  return runs.sort((a, b) => a.ms - b.ms)[Math.floor(times / 2)]!
}
