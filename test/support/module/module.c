// A PKCS#11 module for tests: it passes every call on to a real one, and does besides what a small script says. ../README.md has the language.
//
// KEYRITE_MODULE_SCRIPT    the script, its lines parted by line feeds or semicolons; or the path of a file that holds it
// KEYRITE_MODULE_REAL      the real module, where that isn't the one named at compile time
// KEYRITE_MODULE_LOG       a file that gets two lines a call: pid, number, begin or end, name, and at the end the CKR. Never a value
// KEYRITE_MODULE_COUNTERS  a file in which all processes count together
//
// Where the crash probe (../probe/probe.c) is preloaded, the calls are steps of it.
#define _GNU_SOURCE
#include "module.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct function_list *real_list;
_Atomic long open_sessions, keys_in_making;
static struct function_list our_list;
static _Atomic long calls;

// The crash probe's, if it is there.
__attribute__((weak)) long keyrite_step_begin(const char *name, int changing);
__attribute__((weak)) void keyrite_step_end(long number);

// No function has more than eight arguments, all of them integers or pointers: where arguments travel in registers and
// then on the stack (x86-64, arm64), eight words can be passed on for any of them.
word call_real(int function, const word arg[8]) {
  return real_list->functions[function](arg[0], arg[1], arg[2], arg[3], arg[4], arg[5], arg[6], arg[7]);
}

// By raw system calls, here: the probe must not count our own work.
static void note(long number, const char *moment, const char *name, const word *result) {
  const char *path = getenv("KEYRITE_MODULE_LOG");
  int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (fd < 0) return;
  char line[128];
  int length = snprintf(line, sizeof line, "%d %ld %s %s", getpid(), number, moment, name);
  length += snprintf(line + length, sizeof line - (size_t)length, result ? " 0x%lx\n" : "\n", result ? *result : 0);
  if (syscall(SYS_write, fd, line, length) != length) abort();
  syscall(SYS_close, fd);
}

/** Without a value of the term any will do. */
static int has_value(const struct attribute *asked, const struct term *term) {
  return !term->length || (asked->length == term->length && memcmp(asked->value, term->value, term->length) == 0);
}

/** A template names the attribute, or gives it that value. */
static int asks(const struct condition *condition, const struct call *call, int place) {
  const struct attribute *template = place ? (void *)call->arg[place - 1] : NULL;
  for (word i = 0; template && i < call->arg[place]; i++)
    if (template[i].type == condition->number && has_value(&template[i], &condition->term)) return 1;
  return 0;
}

static int holds(const struct condition *condition, const struct call *call) {
  const struct shape *shape = &shapes[call->function];
  switch (condition->kind) {
    case SESSIONS: return open_sessions >= (long)condition->number;
    case MAKING: return keys_in_making == (long)condition->number;
    case DATA: return shape->input && call->arg[shape->input] == condition->number;
    case ROOM: return shape->count && *(word *)call->arg[shape->count - 1] == condition->number;
    case IS: return shape->object && is_true_of(&condition->term, call->arg[0], call->arg[shape->object - 1]);
    case USER: return call->function == Login_ && call->arg[1] == condition->number;
    case ASKS: return asks(condition, call, shape->template) || asks(condition, call, shape->second_template);
  }
  return 0;
}

/** Which of the calls that the rule means this is, from 1; 0 where it isn't one. */
static long turn_of(struct rule *rule, const struct call *call) {
  if (!rule->covers[call->function]) return 0;
  for (int i = 0; i < rule->condition_count; i++)
    if (!holds(&rule->conditions[i], call)) return 0;
  long turn = atomic_fetch_add(rule->seen, 1) + 1;
  return turn >= rule->first && turn <= rule->last ? turn : 0;
}

static void keep_count(const struct call *call) {
  if (call->result != CKR_OK) return;
  if (call->function == CreateObject_) keep_value(call);
  if (call->function == OpenSession_) open_sessions++;
  if (call->function == CloseSession_) open_sessions--;
  if (call->function == CloseAllSessions_ || call->function == Finalize_) open_sessions = 0;
}

static int makes_key(int function) { return function == GenerateKey_ || function == GenerateKeyPair_; }

static void keep_room(struct call *call) {
  const struct attribute *read = call->function == GetAttributeValue_ ? (void *)call->arg[2] : NULL;
  for (word i = 0; read && i < call->arg[3] && i < MOST_ATTRIBUTES; i++) call->room[i] = read[i].length;
}

static word pass_on(struct call *call) {
  long turns[MOST_RULES];
  keep_room(call);
  keys_in_making += makes_key(call->function);
  // All rules count before one acts: what is swapped or ends the process changes no other's count.
  for (int i = 0; i < rule_count; i++) turns[i] = turn_of(&rules[i], call);
  for (int i = 0; i < rule_count; i++)
    if (turns[i]) act_before(&rules[i], call, turns[i]);
  if (!call->answered) call->result = call_real(call->function, call->arg);
  keep_count(call);
  for (int i = 0; i < rule_count; i++)
    if (turns[i]) act_after(&rules[i], call, turns[i]);
  keys_in_making -= makes_key(call->function);
  return call->result;
}

static word our_call(int function, word a, word b, word c, word d, word e, word f, word g, word h) {
  struct call call = {.function = function, .arg = {a, b, c, d, e, f, g, h}};
  const char *name = functions[function].name;
  long number = ++calls;
  note(number, "begin", name, NULL);
  long step = keyrite_step_begin ? keyrite_step_begin(name, functions[function].changing) : 0;
  word result = pass_on(&call);
  note(number, "end", name, &result);
  if (keyrite_step_end) keyrite_step_end(step);
  return result;
}

#define WRAPPER(name, changing) \
  static word our_##name(word a, word b, word c, word d, word e, word f, word g, word h) { \
    return our_call(name##_, a, b, c, d, e, f, g, h); \
  }
FUNCTIONS(WRAPPER)

static function const our_functions[FUNCTION_COUNT] = {
#define ENTRY(name, changing) our_##name,
    FUNCTIONS(ENTRY)};

word C_GetFunctionList(struct function_list **list) {
  const char *path = getenv("KEYRITE_MODULE_REAL");
  void *module = dlopen(path ? path : REAL_MODULE, RTLD_NOW | RTLD_LOCAL);
  word (*get)(struct function_list **) = NULL;
  if (module != NULL) *(void **)&get = dlsym(module, "C_GetFunctionList");
  if (get == NULL || get(&real_list) != CKR_OK) return CKR_GENERAL_ERROR;
  read_script();
  our_list = *real_list;
  memcpy(our_list.functions, our_functions, sizeof our_functions);
  *(void **)&our_list.functions[GetFunctionList_] = (void *)C_GetFunctionList;
  *list = &our_list;
  return CKR_OK;
}
