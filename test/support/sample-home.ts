// Makes a home in the folder that it is given, with a ledger that tells of a few keys: the build reads it once.
import { newCast } from './cast.ts'
import { install } from './ledger.ts'
import { Story } from './story.ts'

install(Story.tell(await newCast(), 0).text, process.argv[2]!)
