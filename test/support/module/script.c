// Reads the script: a line is FUNCTIONS WHICH ACTION WORDS, and after `if` its conditions. Whoever writes nonsense is told, and gets no module.
#define _GNU_SOURCE
#include "module.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct rule rules[MOST_RULES];
int rule_count;
static _Atomic long own_counters[MOST_RULES];

const struct named_function functions[FUNCTION_COUNT] = {
#define NAME(name, changing) {"C_" #name, changing},
    FUNCTIONS(NAME)};

static const char *const actions[ACTION_COUNT] = {
    [RETURN] = "return", [NOTHING] = "nothing", [SLEEP] = "sleep",   [HANG] = "hang",     [KILL] = "kill",   [ABORT] = "abort",
    [CUT] = "cut",       [LENGTH] = "length",   [FLIP] = "flip",     [ZERO] = "zero",     [REPEAT] = "repeat", [SAYS] = "says",
    [CLAIMS] = "claims", [MISSES] = "misses",   [MAKES] = "makes",   [ADDS] = "adds",     [DROPS] = "drops",   [OBJECT] = "object", [HIDE] = "hide",
    [INFO] = "info",     [FLAGS] = "flags",     [WITHOUT] = "without",   [GIVES] = "gives", [HELPER] = "helper",   [CBC] = "cbc"};

__attribute__((noreturn)) static void refuse(const char *what, const char *word) {
  fprintf(stderr, "test module: %s: %s\n", what, word ? word : "nothing stands there");
  abort();
}

static int is_number(const char *text, word *number) {
  char *end;
  if (text == NULL || *text == 0) return 0;
  *number = strtoul(*text == '+' || *text == '-' ? text + 1 : text, &end, 0);
  return *end == 0;
}

static word number_in(const char *text) {
  word number;
  if (!is_number(text, &number)) refuse("a number is missing", text);
  return number;
}

/** Bytes as they are, but for \xNN. */
static word unescape(const char *text, unsigned char *out, word room) {
  word length = 0;
  for (; *text; text++) {
    if (length == room) refuse("a value is too long", text);
    unsigned byte;
    if (sscanf(text, "\\x%2x", &byte) == 1) out[length++] = (unsigned char)byte, text += 3;
    else out[length++] = (unsigned char)*text;
  }
  return length;
}

/** CKA=VALUE: true, false, a number, or text; after `text:` it is text in any case. */
static struct term term_in(const char *text) {
  struct term term = {0};
  char left[64];
  const char *equals = text ? strchr(text, '=') : NULL;
  if (equals == NULL || equals - text >= (long)sizeof left) refuse("no ATTRIBUTE=VALUE", text);
  term.attribute = number_in(memcpy(left, text, (size_t)(equals - text)) ? (left[equals - text] = 0, left) : NULL);
  const char *value = equals + 1;
  word number;
  int is_flag = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
  if (is_flag) *term.value = *value == 't', term.length = 1;
  else if (is_number(value, &number)) memcpy(term.value, &number, term.length = sizeof number);
  else term.length = unescape(strncmp(value, "text:", 5) == 0 ? value + 5 : value, term.value, sizeof term.value);
  return term;
}

static void read_functions(struct rule *rule, char *text) {
  for (char *rest, *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
    int found = 0;
    for (int i = 0; i < FUNCTION_COUNT; i++) {
      int every = strcmp(word, "*") == 0 || (strcmp(word, "changing") == 0 && functions[i].changing);
      if (every || strcmp(word, functions[i].name) == 0) found = rule->covers[i] = 1;
    }
    if (!found) refuse("no such function", word);
  }
}

/** `*`, 3, 3.. or 3..5. */
static void read_which(struct rule *rule, const char *text) {
  rule->first = 1, rule->last = LONG_MAX;
  if (text == NULL || strcmp(text, "*") == 0) return;
  char *end;
  rule->first = rule->last = strtol(text, &end, 10);
  if (strcmp(end, "..") == 0) rule->last = LONG_MAX;
  else if (strncmp(end, "..", 2) == 0) rule->last = strtol(end + 2, &end, 10);
  if (rule->first < 1 || (*end != 0 && rule->last != LONG_MAX)) refuse("which calls?", text);
}

static struct condition condition_in(const char *text) {
  static const struct {
    const char *word;
    enum condition_kind kind;
  } kinds[] = {{"sessions=", SESSIONS}, {"making=", MAKING}, {"data=", DATA}, {"room=", ROOM}, {"asks=", ASKS}, {"user=", USER}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    size_t length = strlen(kinds[i].word);
    if (kinds[i].kind == ASKS && strncmp(text, kinds[i].word, length) == 0 && strchr(text + length, '=')) {
      struct term term = term_in(text + length);
      return (struct condition){.kind = ASKS, .number = term.attribute, .term = term};
    }
    if (strncmp(text, kinds[i].word, length) == 0)
      return (struct condition){.kind = kinds[i].kind, .number = number_in(text + length)};
  }
  return (struct condition){.kind = IS, .term = term_in(text)};
}

static enum action action_in(const char *text) {
  for (int i = 0; text && i < ACTION_COUNT; i++)
    if (strcmp(text, actions[i]) == 0) return (enum action)i;
  refuse("no such action", text);
}

/** What follows an action: `after`, `parent`, numbers, ATTRIBUTE=VALUE, FIELD=VALUE. */
static void read_word(struct rule *rule, const char *text) {
  if (strcmp(text, "after") == 0) rule->after = 1;
  else if (strcmp(text, "parent") == 0) rule->parent = 1;
  else if (rule->action == INFO) {
    char *field = strdup(text), *equals = strchr(field, '=');
    if (equals == NULL) refuse("no FIELD=VALUE", text);
    *equals = 0;
    rule->field = field;
    rule->term.length = unescape(equals + 1, rule->term.value, sizeof rule->term.value);
  } else if (strchr(text, '=')) rule->term = term_in(text);
  else {
    if (rule->number_count == MOST_NUMBERS) refuse("too many numbers", text);
    rule->numbers[rule->number_count++] = number_in(text);
    // A flag that is taken away, not added.
    if (rule->action == FLAGS && *text == '-') rule->numbers[rule->number_count - 1] |= 1UL << 63;
  }
}

static void read_line(char *line) {
  char *rest, *covered = strtok_r(line, " \t", &rest);
  if (covered == NULL || *covered == '#') return;
  if (rule_count == MOST_RULES) refuse("too many lines", covered);
  struct rule *rule = &rules[rule_count++];
  read_functions(rule, covered);
  read_which(rule, strtok_r(NULL, " \t", &rest));
  rule->action = action_in(strtok_r(NULL, " \t", &rest));
  int conditions = 0;
  for (char *word; (word = strtok_r(NULL, " \t", &rest));) {
    if (strcmp(word, "if") == 0) conditions = 1;
    else if (!conditions) read_word(rule, word);
    else if (rule->condition_count == MOST_CONDITIONS) refuse("too many conditions", word);
    else rule->conditions[rule->condition_count++] = condition_in(word);
  }
}

static char *content_of(const char *path) {
  static char text[65536];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  long length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (length < 0) refuse("no script", path);
  close(fd);
  text[length] = 0;
  return text;
}

static _Atomic long *counters(void) {
  const char *path = getenv("KEYRITE_MODULE_COUNTERS");
  int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (fd < 0 || ftruncate(fd, sizeof own_counters) != 0) return own_counters;
  void *at = mmap(NULL, sizeof own_counters, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return at == MAP_FAILED ? own_counters : at;
}

void read_script(void) {
  const char *script = getenv("KEYRITE_MODULE_SCRIPT");
  rule_count = 0;
  memset(rules, 0, sizeof rules);
  memset((void *)own_counters, 0, sizeof own_counters);
  if (script == NULL || *script == 0) return;
  char *copy = strdup(*script == '/' ? content_of(script) : script);
  for (char *rest, *line = strtok_r(copy, "\n;", &rest); line; line = strtok_r(NULL, "\n;", &rest)) read_line(line);
  free(copy);
  _Atomic long *shared = counters();
  for (int i = 0; i < rule_count; i++) rules[i].seen = &shared[i];
}
