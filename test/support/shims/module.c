// A PKCS#11 module that is SoftHSM with one fault, which KEYRITE_SHIM_FAULT names: `lacks-edwards`, `crashes`, `hangs`,
// `last-try` (of the user PIN), `locked`, `no-slots`.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong;
typedef ulong (*call)();

// CK_FUNCTION_LIST of PKCS#11 2.40: a version, then 68 functions in the order of the standard.
struct list {
  unsigned char version[2];
  call functions[68];
};
enum { GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, GET_MECHANISM_LIST = 7 };
enum { FLAGS_OFFSET = 96, USER_PIN_FINAL_TRY = 0x20000, USER_PIN_LOCKED = 0x40000 };
enum { CKR_HOST_MEMORY = 2, EC_EDWARDS_KEY_PAIR_GEN = 0x1055, EDDSA = 0x1057 };

static struct list *real, shim;

__attribute__((noreturn)) static ulong crashing_slot_list() { abort(); }

__attribute__((noreturn)) static ulong hanging_slot_list() {
  for (;;) pause();
}

// CK_TOKEN_INFO: four texts of 32, 32, 16 and 16 bytes, then the flags.
static ulong token_info_with(ulong slot, unsigned char *info, ulong flag) {
  ulong flags, failed = real->functions[GET_TOKEN_INFO](slot, info);
  memcpy(&flags, info + FLAGS_OFFSET, sizeof flags);
  flags |= flag;
  memcpy(info + FLAGS_OFFSET, &flags, sizeof flags);
  return failed;
}

static ulong last_try(ulong slot, unsigned char *info) { return token_info_with(slot, info, USER_PIN_FINAL_TRY); }

static ulong locked(ulong slot, unsigned char *info) { return token_info_with(slot, info, USER_PIN_LOCKED); }

static ulong no_slots(unsigned char present, ulong *slots, ulong *count) {
  (void)present, (void)slots;
  *count = 0;
  return 0;
}

static int is_edwards(ulong mechanism) { return mechanism == EC_EDWARDS_KEY_PAIR_GEN || mechanism == EDDSA; }

static ulong list_without_edwards(ulong slot, ulong *mechanisms, ulong *count) {
  ulong all = 0, kept = 0;
  ulong failed = real->functions[GET_MECHANISM_LIST](slot, NULL, &all);
  ulong *found = failed ? NULL : calloc(all, sizeof *found);
  if (found == NULL) return failed ? failed : CKR_HOST_MEMORY;
  failed = real->functions[GET_MECHANISM_LIST](slot, found, &all);
  for (ulong i = 0; i < all; i++)
    if (!is_edwards(found[i])) {
      if (mechanisms) mechanisms[kept] = found[i];
      kept++;
    }
  free(found);
  *count = kept;
  return failed;
}

ulong C_GetFunctionList(struct list **out) {
  const char *fault = getenv("KEYRITE_SHIM_FAULT");
  void *library = dlopen(getenv("KEYRITE_SHIM_MODULE"), RTLD_NOW);
  ulong (*get)(struct list **) = (ulong(*)(struct list **))dlsym(library, "C_GetFunctionList");
  ulong failed = get(&real);
  if (failed) return failed;
  shim = *real;
  if (!strcmp(fault, "crashes")) shim.functions[GET_SLOT_LIST] = (call)crashing_slot_list;
  if (!strcmp(fault, "hangs")) shim.functions[GET_SLOT_LIST] = (call)hanging_slot_list;
  if (!strcmp(fault, "lacks-edwards")) shim.functions[GET_MECHANISM_LIST] = (call)list_without_edwards;
  if (!strcmp(fault, "last-try")) shim.functions[GET_TOKEN_INFO] = (call)last_try;
  if (!strcmp(fault, "locked")) shim.functions[GET_TOKEN_INFO] = (call)locked;
  if (!strcmp(fault, "no-slots")) shim.functions[GET_SLOT_LIST] = (call)no_slots;
  *out = &shim;
  return 0;
}
