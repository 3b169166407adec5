// Commands on a day that is named, told with the seconds and the memory that each takes.
import { environment, launcher } from '../support/keyrite.ts'
import { by, type TestPartition } from '../support/partition.ts'
import { clockAhead } from '../support/shims.ts'
import { type Timed, timed } from './timed.ts'

const DAY = 86_400

/** `days`: from today on. */
export const envOn = (place: TestPartition, days: number): Record<string, string> =>
  environment({ home: place.home, env: { ...place.folder.env, ...(days > 0 ? clockAhead(days * DAY) : {}) } })

export const unattended = ['--json', '--no-input']
export const approved = (place: TestPartition): string[] => ['--timeout', '3600', '--expires', '24h', ...by(place)]

export function tell(name: string, { ms, cpu, peak }: Omit<Timed, 'stdout'>): void {
  const [seconds, processor] = [ms, cpu].map((time) => (time / 1000).toFixed(1).padStart(7))
  console.log(`${name.padEnd(24)} ${seconds} s  ${processor} s of processor time  ${peak} MB`)
}

/** Gives `data`. */
// biome-ignore lint/suspicious/noExplicitAny: as TestPartition.data
export async function step(place: TestPartition, name: string, days: number, ...args: string[]): Promise<any> {
  const took = await timed(launcher, [...args, ...unattended], envOn(place, days))
  tell(name, took)
  return JSON.parse(took.stdout).data
}
