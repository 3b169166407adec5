// The short-lived process that loads the PKCS#11 module: crashes, hangs and PINs left in memory stay in here.
import { checkNative } from './dispatch.ts'
import { Service } from './service.ts'
import { beUnhurried } from './unhurried.ts'
import type { Reply, Request } from './wire.ts'

// The parent decides when a command stops: it handles Ctrl-C and a closed terminal. SIGTERM ends us as usual.
process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)
// Without a handler this signal opens the inspector, and with it everything that is in memory.
process.on('SIGUSR1', () => undefined)
const parent = process.ppid
/** The channel is heard only when we breathe; the parent's number is a question to the system, and costs nothing. */
const isAlone = () => process.ppid !== parent || !process.connected
/** Nobody is left to hear us: a hanging C_Finalize would only keep the lock. While calls are on other threads we stay. */
function leave(): void {
  if (!service.isBusy) process.exit(0)
}
process.on('disconnect', leave)

// The way to the module comes up while the parent makes its plan. What is wrong with it is said to whoever asks for it.
const tried = checkNative().catch(() => undefined)

/** Whether anybody hears it is told by the channel's end: as an error of its own it would end us in the middle of a call. */
const send = (reply: Reply): void => {
  if (process.connected) process.send?.(reply, undefined, undefined, () => undefined)
}

const service = new Service({ send, isAlone, leave, end: () => process.disconnect?.() })
// Almost all that has code of its own is read by then. Where nothing is asked, as when it is built, V8 stays as it was.
process.once('message', () => tried.then(beUnhurried))
process.on('message', (request: Request) => service.receive(request))
