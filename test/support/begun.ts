// The story of a partition that has just begun.
import { Story } from './story.ts'

export class Begun extends Story {
  /** Each by a change of its own. */
  keysOneByOne(count: number): this {
    this.create()
    for (let i = 0; i < count; i++) this.generateOne(`made ${i}`, `card-${i}`, 'aes-256')
    return this
  }
}
