// What a blank's expression lets through, in words for whoever is asked, where it is a row of characters and of sets of them; such as ^[A-Z]{2}[0-9]{4}$.

const TERM = /^(?:\[([^\]\\^][^\]\\]*)\]|([A-Za-z0-9 :#/_-]+)(?![{*+?]))(?:\{(\d+)(?:,(\d+))?\}|(\+))?/u

/** `2 of A-Z, then 4 of 0-9`. Undefined of any other. */
export function likeInWords(like: string): string | undefined {
  const terms: string[] = []
  let rest = like.replace(/^\^|\$$/g, '')
  while (rest !== '') {
    const found = TERM.exec(rest)
    if (!found) return undefined
    const [all, set, text, least, most, many] = found
    if (set === undefined && all !== text) return undefined
    terms.push(set === undefined ? text! : `${countOf(least, most, many)} of ${setInWords(set)}`)
    rest = rest.slice(all.length)
  }
  return terms.length === 0 ? undefined : terms.join(', then ')
}

const countOf = (least = '1', most = '', many = ''): string =>
  many !== '' ? '1 or more' : most === '' ? least : `${least} to ${most}`

/** `A-Z, 0-9 or -`. */
function setInWords(set: string): string {
  const parts = set.match(/.-.|./gsu)!.map((part) => (part === ' ' ? 'a blank' : part))
  const last = parts.pop()!
  return parts.length === 0 ? last : `${parts.join(', ')} or ${last}`
}
