// A PKCS#11 module that is SoftHSM with one fault, which KEYRITE_SHIM_FAULT names: `lacks-edwards`, `crashes`, `hangs`,
// `last-try` (of the user PIN), `locked`, `no-slots`, `one-session` (at a time), `slow`, `orphans` (the parent is ended while a key is
// read and three are made), and those of one call, the KEYRITE_SHIM_AT-th of its kind: `fails-key`, `hangs-key` (while it is made) and
// `fails-read` (of attributes). KEYRITE_SHIM_LOG: a file that gets a letter for each session opened (o) and closed (c), and for each
// making of a key begun (b) and ended (e).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
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
enum { GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, GET_MECHANISM_LIST = 7, OPEN_SESSION = 12, CLOSE_SESSION = 13 };
enum { GET_ATTRIBUTE_VALUE = 24, GENERATE_KEY = 58, GENERATE_KEY_PAIR = 59 };
enum { FLAGS_OFFSET = 96, USER_PIN_FINAL_TRY = 0x20000, USER_PIN_LOCKED = 0x40000 };
enum { CKR_HOST_MEMORY = 2, CKR_DEVICE_ERROR = 0x30, CKR_SESSION_COUNT = 0xb1 };
enum { EC_EDWARDS_KEY_PAIR_GEN = 0x1055, EDDSA = 0x1057 };

static struct list *real, shim;
static const char *fault;
static _Atomic long sessions, keys, reads, under_way;

static int is_fault(const char *name) { return strcmp(fault, name) == 0; }

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

static void note(char letter) {
  const char *path = getenv("KEYRITE_SHIM_LOG");
  int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
  if (fd < 0) return;
  if (write(fd, &letter, 1) != 1) abort();
  close(fd);
}

static ulong open_session(ulong slot, ulong flags, void *application, void *notify, ulong *session) {
  if (is_fault("one-session") && sessions > 0) return CKR_SESSION_COUNT;
  ulong failed = real->functions[OPEN_SESSION](slot, flags, application, notify, session);
  if (failed) return failed;
  sessions++;
  note('o');
  return 0;
}

static ulong close_session(ulong session) {
  ulong failed = real->functions[CLOSE_SESSION](session);
  if (failed) return failed;
  sessions--;
  note('c');
  return 0;
}

static int is_at(long number) {
  const char *at = getenv("KEYRITE_SHIM_AT");
  return at && atol(at) == number;
}

// Every key takes another time, so that who begins first does not end first.
static void take_time(long number) {
  if (is_fault("slow")) usleep((1 + (useconds_t)number % 4) * 10 * 1000);
  if (is_fault("orphans")) usleep((2 + (useconds_t)number % 4) * 100 * 1000);
}

// Both functions that make keys, with as many words as the longer of them has.
static ulong make(int function, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f, ulong g, ulong h) {
  long number = ++keys;
  under_way++;
  note('b');
  take_time(number);
  while (is_fault("hangs-key") && is_at(number)) pause();
  int fails = is_fault("fails-key") && is_at(number);
  ulong failed = fails ? CKR_DEVICE_ERROR : real->functions[function](a, b, c, d, e, f, g, h);
  note('e');
  under_way--;
  return failed;
}

static ulong make_key(ulong a, ulong b, ulong c, ulong d, ulong e) { return make(GENERATE_KEY, a, b, c, d, e, 0, 0, 0); }

static ulong make_pair(ulong a, ulong b, ulong c, ulong d, ulong e, ulong f, ulong g, ulong h) {
  return make(GENERATE_KEY_PAIR, a, b, c, d, e, f, g, h);
}

// Long enough that something is to be told to it when this is over.
static void lose_parent(void) {
  static int lost;
  if (lost++) return;
  kill(getppid(), SIGKILL);
  usleep(60 * 1000);
}

static ulong read_attributes(ulong session, ulong object, void *template, ulong count) {
  if (is_fault("fails-read") && is_at(++reads)) return CKR_DEVICE_ERROR;
  if (is_fault("orphans") && under_way == 3) lose_parent();
  return real->functions[GET_ATTRIBUTE_VALUE](session, object, template, count);
}

ulong C_GetFunctionList(struct list **out) {
  fault = getenv("KEYRITE_SHIM_FAULT");
  void *library = dlopen(getenv("KEYRITE_SHIM_MODULE"), RTLD_NOW);
  ulong (*get)(struct list **) = (ulong(*)(struct list **))dlsym(library, "C_GetFunctionList");
  ulong failed = get(&real);
  if (failed) return failed;
  shim = *real;
  shim.functions[OPEN_SESSION] = (call)open_session;
  shim.functions[CLOSE_SESSION] = (call)close_session;
  shim.functions[GENERATE_KEY] = (call)make_key;
  shim.functions[GENERATE_KEY_PAIR] = (call)make_pair;
  shim.functions[GET_ATTRIBUTE_VALUE] = (call)read_attributes;
  if (is_fault("crashes")) shim.functions[GET_SLOT_LIST] = (call)crashing_slot_list;
  if (is_fault("hangs")) shim.functions[GET_SLOT_LIST] = (call)hanging_slot_list;
  if (is_fault("lacks-edwards")) shim.functions[GET_MECHANISM_LIST] = (call)list_without_edwards;
  if (is_fault("last-try")) shim.functions[GET_TOKEN_INFO] = (call)last_try;
  if (is_fault("locked")) shim.functions[GET_TOKEN_INFO] = (call)locked;
  if (is_fault("no-slots")) shim.functions[GET_SLOT_LIST] = (call)no_slots;
  *out = &shim;
  return 0;
}
