// Small libraries that stand between the program and libc: a clock that runs too fast or is ahead, a stick without hard links.
import { compiled } from './compiled.ts'

const shim = (name: string): string => compiled(`shims/${name}.c`)

/** The environment in which time flies. */
export const hastyClock = (speed = 2000) => ({ LD_PRELOAD: shim('clock'), KEYRITE_SHIM_SPEED: `${speed}` })

/** The environment in which it is later by so many seconds. */
export const clockAhead = (seconds: number) => ({ LD_PRELOAD: shim('clock'), KEYRITE_SHIM_AHEAD: `${seconds}` })

/** The environment in which a folder called `stick` has no hard links, and one called `vfat` no modes either. */
export const memoryStick = () => ({ LD_PRELOAD: shim('stick') })
