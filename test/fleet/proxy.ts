// A way to the database that breaks where a test wants it to: after so many pieces of either direction, counted over all connections.
import { connect, createServer, type Server, type Socket } from 'node:net'

export class BreakingWay implements Disposable {
  pieces = 0
  /** The piece that is the last to pass, once; what is to happen then. */
  #breaks: { after: number; how: () => void } | undefined
  readonly #server: Server
  readonly #open = new Set<Socket>()

  private constructor(readonly to: number) {
    this.#server = createServer((near) => this.#join(near))
  }

  static async start(to: number): Promise<BreakingWay> {
    const proxy = new BreakingWay(to)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  breakAfter(after: number, how: () => void): void {
    this.pieces = 0
    this.#breaks = { after, how }
  }

  /** What was to break since has broken. */
  get hasBroken(): boolean {
    return this.#breaks === undefined
  }

  /** Ends what is open; what comes later passes. */
  cut(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #join(near: Socket): void {
    const far = connect(this.to, '127.0.0.1')
    for (const [from, other] of [[near, far] as const, [far, near] as const]) {
      this.#open.add(from)
      from.on('data', (piece) => this.#pass(piece, other))
      from.on('error', () => {})
      from.on('close', () => {
        this.#open.delete(from)
        other.destroy()
      })
    }
  }

  /** Of two that break alike one loses its last piece, and the other passes it on. */
  #pass(piece: Buffer, to: Socket): void {
    this.pieces++
    const breaks = this.#breaks
    if (!breaks || this.pieces < breaks.after) return void to.write(piece)
    this.#breaks = undefined
    if (this.pieces % 2 === 0) to.write(piece, () => breaks.how())
    else breaks.how()
  }

  [Symbol.dispose](): void {
    this.#server.close()
    this.cut()
  }
}
