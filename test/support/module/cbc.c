// AES-CBC with padding as a way to wrap and unwrap, which SoftHSM 2.6.1 lists and doesn't have: made of what it has. The module has seen the
// value of every KEK that was created, and opens and closes RFC 5649 with a key of its own in between.
#include "module.h"
#include <string.h>

enum { CBC_PAD = 0x1085, KWP = 0x210a, VALUE = 0x11, MOST_KEYS = 64, MOST_BYTES = 8192 };

static struct {
  word handle;
  unsigned char value[32];
} keys[MOST_KEYS];
static _Atomic int seen;

/** Of C_CreateObject, what had a value of 32 bytes. */
void keep_value(const struct call *call) {
  const struct attribute *made = (void *)call->arg[1];
  for (word i = 0; i < call->arg[2]; i++) {
    if (made[i].type != VALUE || made[i].length != sizeof keys->value) continue;
    int at = seen++ % MOST_KEYS;
    keys[at].handle = *(word *)call->arg[3];
    memcpy(keys[at].value, made[i].value, made[i].length);
  }
}

static const unsigned char *value_of(word handle) {
  for (int i = seen - 1; i >= 0 && i >= seen - MOST_KEYS; i--)
    if (keys[i % MOST_KEYS].handle == handle) return keys[i % MOST_KEYS].value;
  return NULL;
}

static unsigned char yes = 1, no = 0;
static word secret = 4, generic = 0x10, aes = 0x1f, kwp[3] = {KWP};

#define CALL(function, ...) call_real(function##_, (word[8]){__VA_ARGS__})

/** A public key of the session with this value, which may do everything. */
static word own_key(word session, word *type, const unsigned char *value, word length) {
  word made = 0;
  struct attribute wanted[] = {{0, &secret, 8}, {0x100, type, 8},   {1, &no, 1},      {2, &no, 1},      {0x103, &no, 1},   {0x162, &yes, 1},
                               {0x104, &yes, 1}, {0x105, &yes, 1}, {0x106, &yes, 1}, {0x107, &yes, 1}, {VALUE, (void *)value, length}};
  return CALL(CreateObject, session, (word)wanted, sizeof wanted / sizeof *wanted, (word)&made) == CKR_OK ? made : 0;
}

static word wrap(struct call *call, word own, word *made) {
  word session = call->arg[0], length = MOST_BYTES;
  unsigned char bytes[MOST_BYTES];
  struct attribute wanted[] = {{0, &secret, 8}, {0x100, &generic, 8}, {1, &no, 1}, {2, &no, 1}, {0x103, &no, 1}, {0x162, &yes, 1}};
  word result = CALL(WrapKey, session, (word)kwp, call->arg[2], call->arg[3], (word)bytes, (word)&length);
  if (!result) result = CALL(UnwrapKey, session, (word)kwp, own, (word)bytes, length, (word)wanted, 6, (word)made);
  struct attribute value = {VALUE, bytes, MOST_BYTES};
  if (!result) result = CALL(GetAttributeValue, session, *made, (word)&value, 1);
  if (!result) result = CALL(EncryptInit, session, call->arg[1], own);
  return result ? result : CALL(Encrypt, session, (word)bytes, value.length, call->arg[4], call->arg[5]);
}

static word unwrap(struct call *call, word own, word *made) {
  word session = call->arg[0], length = MOST_BYTES;
  unsigned char bytes[MOST_BYTES];
  word result = CALL(DecryptInit, session, call->arg[1], own);
  if (!result) result = CALL(Decrypt, session, call->arg[3], call->arg[4], (word)bytes, (word)&length);
  if (!result) *made = own_key(session, &generic, bytes, length);
  length = MOST_BYTES;
  if (!result) result = CALL(WrapKey, session, (word)kwp, own, *made, (word)bytes, (word)&length);
  return result ? result : CALL(UnwrapKey, session, (word)kwp, call->arg[2], (word)bytes, length, call->arg[5], call->arg[6], call->arg[7]);
}

void act_as_cbc(struct call *call) {
  const word *mechanism = (void *)call->arg[1];
  const unsigned char *value = *mechanism == CBC_PAD ? value_of(call->arg[2]) : NULL;
  if (value == NULL) return;
  word made = 0, own = own_key(call->arg[0], &aes, value, sizeof keys->value);
  call->answered = 1;
  call->result = call->function == WrapKey_ ? wrap(call, own, &made) : unwrap(call, own, &made);
  if (made) CALL(DestroyObject, call->arg[0], made);
  CALL(DestroyObject, call->arg[0], own);
}
