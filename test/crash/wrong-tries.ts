// Wrong PINs are counted from a trace of the module's calls.
import { existsSync, readFileSync } from 'node:fs'

/** The most logins in a row of one role that were answered by CKR_PIN_INCORRECT. */
export function mostWrongTries(trace: string): number {
  if (!existsSync(trace)) return 0
  const roles = new Map<string, string>()
  const inARow = new Map<string, number>()
  let most = 0
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const [, begun, role] = /^(\d+) C_Login .*user (\d+)$/.exec(line) ?? []
    if (begun) roles.set(begun, role!)
    const [, call, answer] = /^(\d+) = (CKR_OK|CKR_PIN_INCORRECT)\b/.exec(line) ?? []
    const of = roles.get(call ?? '')
    if (!of) continue
    inARow.set(of, answer === 'CKR_OK' ? 0 : (inARow.get(of) ?? 0) + 1)
    most = Math.max(most, inARow.get(of)!)
  }
  return most
}
