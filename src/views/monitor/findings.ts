// What somebody should know of a partition, from its ledger: interrupted changes, keys that wait, copies, certificates, people and their shares.
import { X509Certificate } from 'node:crypto'
import { closedBy, newPin } from '../../change/application-pin.ts'
import type { Judgement } from '../../domain/due-shapes.ts'
import { fromBase64url } from '../../domain/encoding.ts'
import { foundIn, isAmiss } from '../../domain/found-words.ts'
import { groupedBy } from '../../domain/grouped.ts'
import { apart, type Hint, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { label } from '../../domain/names.ts'
import { counted, listed } from '../../domain/words.ts'
import { countsOf, olderSharesWarnings } from '../application-view.ts'
import { type Survey, surveyOf } from '../attention.ts'
import { custodyWarnings } from '../custody-view.ts'
import { dutyInWords, groupsOf, remarksInWords } from '../due-view.ts'
import { dayOf, differsInWords } from '../words.ts'

type Severity = 'warning' | 'critical'

export interface Finding {
  /** Which part of it: ledger, change, token, keys, due, duties, copies, certificates, custodians. */
  check: string
  severity: Severity
  message: string
  hint?: Hint
}

const DAY = 86_400_000
/** A certificate is told of so long before it ends. */
const SOON = 30 * DAY
/** And a revocation list. */
const A_WEEK = 7 * DAY

/** `judged`: what the manifest in force wants; without one nothing is judged. */
export const findingsOf = (
  history: History,
  now: Date,
  judged: Judgement | undefined,
  survey: Survey = surveyOf(history, now),
): Finding[] =>
  history.retired
    ? []
    : [
        ...differing(history),
        ...waitingKeys(survey),
        ...(judged ? wanted(judged) : []),
        ...copies(history),
        ...endings(history, now),
        ...people(history, now),
      ]

/** Whatever the check has found, only another one tells that it is right. */
const differing = ({ conducted: { differs } }: History): Finding[] =>
  differs
    ? [
        {
          check: 'token',
          severity: 'critical',
          message: differsInWords(differs),
          hint: keyrite('partition', 'check'),
        },
      ]
    : []

/** What a key waits for, and how bad it is when it waits. */
const WAITING: { readonly [need: string]: readonly [severity: Severity, what: string] } = {
  recover: ['critical', 'nobody knows what became of'],
  restore: ['critical', 'the token has lost, and a backup has,'],
  compromise: ['critical', 'the token has lost, and no backup has,'],
  destroy: ['warning', 'compromised and not destroyed yet:'],
  activate: ['warning', 'due to become active:'],
  promote: ['warning', 'published, and ready to be promoted:'],
  backup: ['warning', 'in no backup:'],
}

/** What is done about the first of them; the list tells of all. */
function hintFor(need: string, [first, ...others]: readonly { key: string }[]): Hint {
  if (need === 'backup') return keyrite('backup', 'create', 'FILE')
  const all = keyrite('key', 'list')
  if (!['destroy', 'activate', 'promote'].includes(need)) return all
  const done = keyrite('key', need, first!.key)
  return others.length === 0 ? done : apart(done, to('see all', all))
}

function waitingKeys({ waiting }: Survey): Finding[] {
  return [...groupedBy(waiting, ({ need }) => need)].map(([need, those]) => {
    const [severity, what] = WAITING[need]!
    const names = listed(those.map(({ key }) => key))
    return { check: 'keys', severity, message: `${what} ${names}`, hint: hintFor(need, those) }
  })
}

function wanted({ due, differs, duties }: Judgement): Finding[] {
  const hint = keyrite('manifest', 'apply', 'FILE')
  const told = (check: string, message: string) => ({ check, severity: 'warning' as const, message, hint })
  return [
    ...groupsOf(due).map(({ policy, action, what, names, due: since, waits }) =>
      told('due', `due since ${dayOf(since)} by ${policy}: ${action} ${what}, ${names}${waits ? ` (${waits})` : ''}`),
    ),
    ...remarksInWords(differs).map((text) => told('due', `not as its policy has it: ${text}`)),
    ...duties
      .filter(({ isDue }) => isDue)
      .map((one) => ({ ...told('duties', dutyInWords(one)), hint: keyrite('manifest', 'show') })),
  ]
}

function copies(history: History): Finding[] {
  return history.applications.live.flatMap((app): Finding[] => {
    const { unproven } = countsOf(app)
    const { name } = app
    return [
      ...(unproven > 0
        ? [
            {
              check: 'copies',
              severity: 'warning' as const,
              message: `${counted(unproven, 'copy', 'copies')} of keys on the token of ${name} not proven`,
              hint: closedBy(app, history) ? newPin(name) : keyrite('app', 'sync', name),
            },
          ]
        : []),
      ...app.found.filter(isAmiss).map((what) => ({
        check: 'copies',
        severity: 'warning' as const,
        message: `on the token of ${name}, ${what}`,
        hint: foundIn(what).kind === 'look-alike' ? keyrite('app', 'check', name) : keyrite('app', 'sync', name),
      })),
      ...olderSharesWarnings(app, history).map((one) => ({ check: 'copies', severity: 'warning' as const, ...one })),
    ]
  })
}

/** Something that ends, and how soon before it is told of. */
interface Ending {
  what: string
  /** Milliseconds since 1970. */
  ends: number
  soon: number
  /** That it is over is worse than that it will be, and is told as long as it is so; else so long after it. */
  needed: boolean
  hint: Hint
}

/** Certificates that were delivered with keys, or issued, and revocation lists; the first to end first. */
export const certificatesOf = (history: History): Ending[] =>
  [...delivered(history), ...issued(history), ...lists(history)].toSorted((a, b) => a.ends - b.ends)

const delivered = ({ applications }: History): Ending[] =>
  applications.live.flatMap(({ name: app, copies: all }) =>
    [...all.values()].flatMap(({ name, version, wished, certificate }) => {
      if (!wished || certificate === undefined) return []
      const key = label(name, version)
      const hint = keyrite('cert', 'request', key, '--subject', 'SUBJECT', '--out', 'FILE')
      return [{ what: `the certificate of ${key} on ${app}`, ends: endOf(certificate), soon: SOON, needed: true, hint }]
    }),
  )

const endOf = (der: string): number => Date.parse(new X509Certificate(fromBase64url(der)).validTo)

const issued = ({ certificates }: History): Ending[] =>
  certificates.standing.map(({ subject, by, notAfter, record }) => ({
    what: `the certificate of ${subject}, signed by ${by}`,
    ends: Date.parse(notAfter),
    soon: SOON,
    needed: false,
    hint: keyrite('audit', 'show', '--from', `${record}`),
  }))

const lists = ({ certificates }: History): Ending[] =>
  certificates.lists.map(({ key, crl: { number, nextUpdate } }) => ({
    what: `revocation list ${number} of ${key}`,
    ends: Date.parse(nextUpdate),
    soon: A_WEEK,
    needed: true,
    hint: keyrite('cert', 'crl', 'PROFILE.toml', '--out', 'FILE'),
  }))

const endings = (history: History, now: Date): Finding[] =>
  certificatesOf(history).flatMap(({ what, ends, soon, needed, hint }): Finding[] => {
    const left = ends - now.getTime()
    if (left >= soon || (!needed && left < -soon)) return []
    const day = dayOf(new Date(ends).toISOString())
    const message = `${what} ${left <= 0 ? 'ended' : 'ends'} on ${day}`
    return [{ check: 'certificates', severity: needed && left <= 0 ? 'critical' : 'warning', message, hint }]
  })

const people = (history: History, now: Date): Finding[] =>
  custodyWarnings(history, now).map((warning) => ({ check: 'custodians', severity: 'warning', ...warning }))
