// Makes a home in the folder that it is given, with a ledger that tells of a few keys, and its index, as a change leaves it: the build reads it.
import { dirname } from 'node:path'
import { LedgerFile } from '../../src/ledger/file.ts'
import { indexIn } from '../../src/ledger/index-file.ts'
import { newCast } from './cast.ts'
import { asPort } from './custody.ts'
import { install } from './ledger.ts'
import { Story } from './story.ts'

const story = Story.tell(await newCast(), 0)
const ledger = install(story.text, process.argv[2]!)
const file = LedgerFile.open(ledger, { index: indexIn(dirname(ledger)) })
file.keepIndex(await file.signCheckpoint(asPort(story.audit)))
