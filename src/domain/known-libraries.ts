// Libraries on whose tokens no partition can begin, whatever their mechanisms promise: known by what C_GetInfo calls them, so that nothing is touched.

interface Unfit {
  description: string
  why: string
}

const UNFIT: readonly Unfit[] = [
  {
    description: 'NSS Internal Crypto Services',
    why: 'NSS erases its database without a PIN, lets anyone exchange public keys without a login, and gives every key to whoever is logged in',
  },
  {
    description: 'TPM2.0 Cryptoki',
    why: 'a TPM decides by itself what a key may do, and a key whose usage is taken away goes on working there',
  },
]

/** `description`: of the library, without blanks at its end. */
export const whyUnfit = (description: string): string | undefined =>
  UNFIT.find((one) => one.description === description)?.why
