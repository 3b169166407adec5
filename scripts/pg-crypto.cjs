// What pg asks of cryptography, by node:crypto itself: the web's interface to it, which pg goes through, is long to load.
'use strict'

const { createHash, createHmac, pbkdf2, randomBytes } = require('node:crypto')
const { promisify } = require('node:util')

const hash = (name, data) => createHash(name).update(data).digest()
const md5 = (text) => hash('md5', text).toString('hex')

module.exports = {
  randomBytes,
  md5,
  /** RFC 5802, 2.2: Hi. 32 bytes. */
  deriveKey: (password, salt, iterations) => promisify(pbkdf2)(password, salt, iterations, 32, 'sha256'),
  sha256: (data) => hash('sha256', data),
  /** As the certificate's signature has it: `SHA-256`. */
  hashByName: (name, data) => hash(name.replace('-', ''), data),
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
  /** AuthenticationMD5Password of PostgreSQL's protocol. */
  postgresMd5PasswordHash: (user, password, salt) =>
    `md5${md5(Buffer.concat([Buffer.from(md5(password + user)), salt]))}`,
}
