// Words about ceremonies that are the same on paper and on the screen: kinds of steps, what is compared, and lengths of time.
import type { CeremonyStep, StepOf } from '../../ceremony/step.ts'

export const KIND_IN_WORDS: { readonly [kind in CeremonyStep['kind']]: string } = {
  read: 'read aloud',
  check: 'yes or no',
  enter: 'write down',
  compare: 'compare',
  media: 'bag',
  run: 'command',
  attach: 'evidence',
  pause: 'pause',
  sign: 'sign',
}

const COMPARED: { readonly [value in StepOf<'compare'>['value']]: string } = {
  'script.code': 'the code of this script',
  'tool.sha256': 'the SHA-256 of the program',
  'plan.code': 'the code of the plan of step',
  'key.fingerprint': 'the check value of',
}

export const comparedInWords = ({ value, of }: Pick<StepOf<'compare'>, 'value' | 'of'>): string =>
  of === undefined ? COMPARED[value] : `${COMPARED[value]} ${of}`

/** As it is read aloud: a digest in groups of eight. */
export const readable = (value: string): string =>
  value.replace(/[0-9a-f]{64}/, (digest) => digest.match(/.{8}/g)!.join(' '))

/** `1 h 30 min`; under a minute in seconds. */
export function lengthInWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  return [hours > 0 ? `${hours} h` : '', rest > 0 ? `${rest} min` : ''].filter(Boolean).join(' ')
}
