// A script of a ceremony, and a site that it fits.

export const SCRIPT = `format = "keyrite.ceremony/1"
name = "rotation"
version = 1
title = "Rotation of the card DEK"
partition = "pay"
[requires]
separate = [["operator", "witness"]]
[roles]
operator = "types"
witness = "looks on"
custodian = { about = "holds a share", people = 3, shares = true }
[[steps]]
id = "1"
kind = "run"
by = ["operator"]
takes = "PT10M"
text = "Two custodians present their shares."
run = ["key", "rotate", "payments/card-dek"]
quorum = true
[[steps]]
id = "2"
kind = "run"
by = ["operator"]
takes = "PT5M"
text = "The last login."
run = ["audit", "checkpoint"]
quorum = true
[[steps]]
id = "3"
kind = "sign"
by = ["witness"]
takes = "PT5M"
text = "The witness signs the journal."
`

const custodian = (name: string) => `[[people]]
name = "${name}"
roles = ["custodian"]
custodian = "${name.toLowerCase()}"
`

export const SITE = `format = "keyrite.ceremony-site/1"
place = "Vault 2"
clock = "the clock on the north wall"
[[people]]
name = "Olga Ortiz"
roles = ["operator"]
[[people]]
name = "Wim de Wit"
roles = ["witness"]
key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJQ8mN1TjB9Yp6Vb1O2v3c4d5e6f7g8h9i0jklmnopqr"
${custodian('Alice')}${custodian('Bob')}${custodian('Carol')}`
