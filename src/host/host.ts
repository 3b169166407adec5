// The short-lived process that loads the PKCS#11 module: crashes, hangs and PINs left in memory stay in here.
import type { Device } from './device.ts'
import { checkNative, loadDevice, methodsOf } from './dispatch.ts'
import { takeChanging } from './native/binding.ts'
import { quietly } from './native/quietly.ts'
import type { Reply, Request } from './wire.ts'
import { toWire } from './wire.ts'

// The parent decides when a command stops: it handles Ctrl-C and a closed terminal. SIGTERM ends us as usual.
process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)
// Without a handler this signal opens the inspector, and with it everything that is in memory.
process.on('SIGUSR1', () => undefined)
const parent = process.ppid
/** The channel is heard only when we breathe; the parent's number is a question to the system, and costs nothing. */
const isAlone = () => process.ppid !== parent || !process.connected
/** Nobody is left to hear us: a hanging C_Finalize would only keep the lock. While calls are on other threads we stay: whoever waits for them leaves. */
function leave(): void {
  if (!device?.lib.isBusy) process.exit(0)
}
process.on('disconnect', leave)

// The way to the module comes up while the parent makes its plan. What is wrong with it is said to whoever asks for it.
checkNative().catch(() => undefined)

let device: Device | undefined

/** Whether anybody hears it is told by the channel's end: as an error of its own it would end us in the middle of a call. */
const send = (reply: Reply): void => {
  if (process.connected) process.send?.(reply, undefined, undefined, () => undefined)
}

/** `native`, `load` and `close` are ours; the rest needs the device. */
async function serve({ id, method, args }: Request): Promise<unknown> {
  if (method === 'native') return checkNative()
  if (method === 'load') {
    const loaded = await loadDevice(...(args as Parameters<typeof loadDevice>))
    device = loaded.device
    return loaded.file
  }
  if (method === 'close') return close()
  if (device === undefined) throw new TypeError('the module is not loaded')
  device.changes = 0
  const methods = methodsOf(device, { report: (progress) => send({ id, progress }), isAlone, leave }) as Record<
    string,
    (...a: unknown[]) => unknown
  >
  return methods[method]!(...args)
}

function close(): void {
  const open = device
  if (open === undefined) return
  for (const user of open.users.values()) user.close()
  quietly(() => open.lib.finalize())
  device = undefined
}

async function answer(request: Request): Promise<void> {
  try {
    const ok = await serve(request)
    send({ id: request.id, ok, changing: takeChanging() })
  } catch (error) {
    send({ id: request.id, error: toWire(error, (device?.changes ?? 0) > 0), changing: takeChanging() })
  }
  if (request.method === 'close') process.disconnect?.()
}

// One at a time, in order: there is one session to work in, and a bulk call lets messages in.
let queue = Promise.resolve()
process.on('message', (request: Request) => {
  queue = queue.then(() => answer(request))
})
