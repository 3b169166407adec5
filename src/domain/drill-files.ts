// What is carried between a station and a machine without the ledger, so that a share can be shown there: a challenge, and its answer.
import * as v from 'valibot'
import { formatCarried, parseCarried } from './carried-line.ts'
import { notVerified } from './errors.ts'
import { base64urlOf, ShortName, Uuid, When } from './shapes.ts'
import { Challenge } from './statement.ts'

const CHALLENGE_FORMAT = 'keyrite.challenge/1'
const ANSWER_FORMAT = 'keyrite.answer/1'

/** `time`: of the record that is to be signed. Nothing vouches for name and time; a share signs the partition and the challenge. */
const Asked = v.strictObject({
  format: v.literal(CHALLENGE_FORMAT),
  partition: Uuid,
  name: ShortName,
  challenge: Challenge,
  time: When,
})
export type Asked = v.InferOutput<typeof Asked>

/** `key`: the share's own; the roster knows whose it is. */
const Answer = v.strictObject({
  format: v.literal(ANSWER_FORMAT),
  partition: Uuid,
  challenge: Challenge,
  key: base64urlOf(32),
  value: base64urlOf(64),
})
export type Answer = v.InferOutput<typeof Answer>

export const formatAsked = (asked: Omit<Asked, 'format'>): string => formatCarried('challenge', CHALLENGE_FORMAT, asked)
export const formatAnswer = (answer: Omit<Answer, 'format'>): string => formatCarried('answer', ANSWER_FORMAT, answer)

/** FORMAT-NEWER, STATEMENT-FILE. */
export const parseAsked = (text: string): Asked =>
  parsed(text, v.strictObject({ challenge: Asked }), 'challenge', CHALLENGE_FORMAT).challenge
export const parseAnswer = (text: string): Answer =>
  parsed(text, v.strictObject({ answer: Answer }), 'answer', ANSWER_FORMAT).answer

const parsed = <T extends v.GenericSchema>(text: string, shape: T, member: string, format: string) =>
  parseCarried(text, { shape, member, format, refused: () => notOne(member) })

const notOne = (member: string) =>
  notVerified(
    'STATEMENT-FILE',
    `this is not ${member === 'answer' ? 'the answer to a challenge' : 'a challenge'}`,
    'take another copy of the file',
  )
