// What the actions of the script do to a call: before the real module is asked, and to what comes back.
#define _GNU_SOURCE
#include "module.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT(at) {.input = 2, .data = at, .count = at + 1}
const struct shape shapes[FUNCTION_COUNT] = {
    [GetSlotList_] = {.data = 2, .count = 3, .is_list = 1},
    [GetMechanismList_] = {.data = 2, .count = 3, .is_list = 1},
    [FindObjects_] = {.data = 2, .count = 4, .is_list = 1},
    [FindObjectsInit_] = {.template = 2},
    [OpenSession_] = {.made = 5},
    [CreateObject_] = {.template = 2, .made = 4},
    [CopyObject_] = {.object = 2, .template = 3, .made = 5},
    [DestroyObject_] = {.object = 2},
    [GetObjectSize_] = {.object = 2},
    [GetAttributeValue_] = {.object = 2, .template = 3},
    [SetAttributeValue_] = {.object = 2, .template = 3},
    [EncryptInit_] = {.object = 3},
    [DecryptInit_] = {.object = 3},
    [SignInit_] = {.object = 3},
    [VerifyInit_] = {.object = 3},
    [DigestKey_] = {.object = 2},
    [Encrypt_] = OUTPUT(4),
    [Decrypt_] = OUTPUT(4),
    [Digest_] = OUTPUT(4),
    [Sign_] = OUTPUT(4),
    [EncryptUpdate_] = OUTPUT(4),
    [DecryptUpdate_] = OUTPUT(4),
    [EncryptFinal_] = {.data = 2, .count = 3},
    [DecryptFinal_] = {.data = 2, .count = 3},
    [DigestFinal_] = {.data = 2, .count = 3},
    [SignFinal_] = {.data = 2, .count = 3},
    [GenerateRandom_] = {.data = 2},
    [GenerateKey_] = {.template = 3, .made = 5},
    [GenerateKeyPair_] = {.template = 3, .second_template = 5, .made = 7, .second_made = 8},
    [WrapKey_] = {.object = 4, .data = 5, .count = 6},
    [UnwrapKey_] = {.object = 3, .template = 6, .made = 8},
    [DeriveKey_] = {.object = 3, .template = 4, .made = 6}};

static void *pointer(const struct call *call, int place) { return place ? (void *)call->arg[place - 1] : NULL; }

// --- objects ---------------------------------------------------------------------------------------------------------

int is_true_of(const struct term *term, word session, word object) {
  unsigned char value[sizeof term->value];
  struct attribute read = {term->attribute, value, sizeof value};
  word arg[8] = {session, object, (word)&read, 1};
  if (call_real(GetAttributeValue_, arg) != CKR_OK) return 0;
  return read.length == term->length && memcmp(value, term->value, read.length) == 0;
}

/** Another object of that class of which the term is true, looked for in a session of our own; the same one where there is none. */
static word other_object(const struct term *term, word session, word object) {
  word class = 0, info[4] = {0}, found = object, count = 0, own = 0;
  struct attribute wanted[] = {{0, &class, sizeof class}, {term->attribute, (void *)term->value, term->length}};
  if (call_real(GetAttributeValue_, (word[8]){session, object, (word)wanted, 1}) != CKR_OK) return object;
  call_real(GetSessionInfo_, (word[8]){session, (word)info});
  if (call_real(OpenSession_, (word[8]){info[0], 6, 0, 0, (word)&own}) != CKR_OK) return object;
  call_real(FindObjectsInit_, (word[8]){own, (word)wanted, 2});
  call_real(FindObjects_, (word[8]){own, (word)&found, 1, (word)&count});
  call_real(FindObjectsFinal_, (word[8]){own});
  call_real(CloseSession_, (word[8]){own});
  return count ? found : object;
}

/** Without a term it is that of the first call that the rule met. */
static void swap_object(struct rule *rule, struct call *call) {
  int place = shapes[call->function].object;
  if (!place) return;
  word *object = &call->arg[place - 1];
  if (rule->term.length) *object = other_object(&rule->term, call->arg[0], *object);
  else if (rule->first_object == 0) rule->first_object = *object;
  else *object = rule->first_object;
}

// --- templates on their way in -----------------------------------------------------------------------------------------

static void change_template(const struct rule *rule, struct call *call, int place, struct attribute *own) {
  const struct attribute *asked = pointer(call, place);
  if (asked == NULL || call->arg[place] > MOST_ATTRIBUTES) return;
  word kept = 0;
  for (word i = 0; i < call->arg[place]; i++) {
    own[kept] = asked[i];
    if (rule->action == MAKES && asked[i].type == rule->term.attribute) {
      own[kept].value = (void *)rule->term.value;
      own[kept].length = rule->term.length;
    }
    if (rule->action != DROPS || asked[i].type != rule->numbers[0]) kept++;
  }
  if (rule->action == ADDS && kept < MOST_ATTRIBUTES)
    own[kept++] = (struct attribute){rule->term.attribute, (void *)rule->term.value, rule->term.length};
  call->arg[place - 1] = (word)own;
  call->arg[place] = kept;
}

static void change_templates(const struct rule *rule, struct call *call) {
  static _Thread_local struct attribute own[2][MOST_ATTRIBUTES];
  if (call->function == GetAttributeValue_) return;
  change_template(rule, call, shapes[call->function].template, own[0]);
  change_template(rule, call, shapes[call->function].second_template, own[1]);
}

// --- before ------------------------------------------------------------------------------------------------------------

static void answer(struct call *call, word result) {
  call->answered = 1;
  call->result = result;
}

/** Nothing happens, and all is said to be well. Handles are of objects that aren't there; what gives data is asked, and its data wiped. */
static void do_nothing(struct call *call) {
  static _Atomic word phantoms = 0x7ead0000;
  const struct shape *shape = &shapes[call->function];
  if (shape->data) return;
  word *made = pointer(call, shape->made), *second = pointer(call, shape->second_made);
  if (made) *made = ++phantoms;
  if (second) *second = ++phantoms;
  answer(call, CKR_OK);
}

static void end_process(const struct rule *rule) { kill(rule->parent ? getppid() : getpid(), SIGKILL); }

/** Of several lengths each call takes the next. */
static void take_time(const struct rule *rule, long turn) {
  if (rule->number_count) usleep((useconds_t)rule->numbers[turn % rule->number_count] * 1000);
}

static void act_in_time(struct rule *rule, long turn) {
  if (rule->action == SLEEP) take_time(rule, turn);
  if (rule->action == KILL) end_process(rule);
  if (rule->action == ABORT) abort();
  // Whoever is forked has every descriptor of ours, as the daemons of vendors do.
  int stays = rule->action == HANG || (rule->action == HELPER && fork() == 0);
  while (stays) pause();
}

void act_before(struct rule *rule, struct call *call, long turn) {
  if (rule->after) return;
  act_in_time(rule, turn);
  if (rule->action == RETURN) answer(call, rule->numbers[0]);
  if (rule->action == NOTHING) do_nothing(call);
  if (rule->action == CBC) act_as_cbc(call);
  if (rule->action == OBJECT) swap_object(rule, call);
  if (rule->action == MAKES || rule->action == ADDS || rule->action == DROPS) change_templates(rule, call);
}

// --- after -------------------------------------------------------------------------------------------------------------

/** What C_GetTokenInfo, C_GetSlotInfo and C_GetInfo tell: a text that is padded with blanks, or, in eight bytes, a number. */
static const struct {
  int function;
  const char *name;
  word offset, size;
} fields[] = {{GetTokenInfo_, "label", 0, 32},        {GetTokenInfo_, "manufacturer", 32, 32}, {GetTokenInfo_, "model", 64, 16},
              {GetTokenInfo_, "serial", 80, 16},      {GetTokenInfo_, "max-pin", 136, 8},      {GetTokenInfo_, "min-pin", 144, 8},
              {GetSlotInfo_, "description", 0, 64},   {GetSlotInfo_, "manufacturer", 64, 32},  {GetInfo_, "manufacturer", 2, 32},
              {GetInfo_, "description", 48, 32}};

static void change_info(const struct rule *rule, const struct call *call) {
  // C_GetInfo has one argument alone.
  unsigned char *info = (void *)call->arg[call->function == GetInfo_ ? 0 : 1];
  for (size_t i = 0; info && i < sizeof fields / sizeof *fields; i++) {
    if (fields[i].function != call->function || strcmp(fields[i].name, rule->field) != 0) continue;
    unsigned char *field = info + fields[i].offset;
    word number = strtoul((const char *)rule->term.value, NULL, 0), size = fields[i].size;
    memset(field, ' ', size);
    if (size == sizeof number) memcpy(field, &number, size);
    else memcpy(field, rule->term.value, rule->term.length < size ? rule->term.length : size);
  }
}

static void change_flags(const struct rule *rule, const struct call *call) {
  if (call->function != GetTokenInfo_ && call->function != GetSlotInfo_) return;
  word *flags = (word *)(call->arg[1] + 96), away = 1UL << 63;
  for (int i = 0; i < rule->number_count; i++)
    *flags = rule->numbers[i] & away ? *flags & ~rule->numbers[i] : *flags | rule->numbers[i];
}

static void change_attribute(const struct rule *rule, struct call *call, struct attribute *read, word room) {
  if (rule->action == CLAIMS) read->length = rule->numbers[1];
  if (rule->action == MISSES) read->length = UNAVAILABLE, call->result = CKR_ATTRIBUTE_TYPE_INVALID;
  if (rule->action != SAYS) return;
  int fits = read->value == NULL || room >= rule->term.length;
  if (read->value && fits) memcpy(read->value, rule->term.value, rule->term.length);
  read->length = fits ? rule->term.length : UNAVAILABLE;
}

static void change_attributes(const struct rule *rule, struct call *call) {
  struct attribute *read = call->function == GetAttributeValue_ ? (void *)call->arg[2] : NULL;
  word type = rule->action == SAYS ? rule->term.attribute : rule->numbers[0];
  if (read == NULL || call->answered || call->arg[3] > MOST_ATTRIBUTES) return;
  int lacking = 0;
  for (word i = 0; i < call->arg[3]; i++) {
    if (read[i].type == type) change_attribute(rule, call, &read[i], call->room[i]);
    lacking |= read[i].length == UNAVAILABLE;
  }
  // What the real module couldn't tell may have been said now.
  if (rule->action == SAYS && !lacking) call->result = CKR_OK;
}

/** Takes out of a list what is named: mechanisms by number, objects by a term. */
static void thin_out(const struct rule *rule, const struct call *call, word *list, word *count) {
  word kept = 0;
  for (word i = 0; list && i < *count; i++) {
    int out = rule->action == HIDE && is_true_of(&rule->term, call->arg[0], list[i]);
    for (int j = 0; rule->action == WITHOUT && j < rule->number_count; j++) out |= list[i] == rule->numbers[j];
    if (!out) list[kept++] = list[i];
  }
  if (list) *count = kept;
}

static void change_data(const struct rule *rule, const struct call *call) {
  const struct shape *shape = &shapes[call->function];
  unsigned char *data = pointer(call, shape->data);
  word *count = pointer(call, shape->count), *list = shape->is_list ? (word *)data : NULL;
  word size = (count ? *count : call->arg[2]) * (shape->is_list ? sizeof(word) : 1);
  if (rule->action == FLIP && data && size) *data ^= 1;
  if ((rule->action == ZERO || rule->action == NOTHING) && data) memset(data, 0, size);
  if (!count) return;
  if (rule->action == CUT && *count > rule->numbers[0]) *count = rule->numbers[0];
  if (rule->action == LENGTH) *count = rule->numbers[0];
  if (rule->action == HIDE || rule->action == WITHOUT) thin_out(rule, call, list, count);
  if (rule->action == REPEAT && call->function == FindObjects_ && *count)
    for (word i = 0; i < call->arg[2]; i++) list[i] = list[0], *count = call->arg[2];
}

/** The handles that come back are those of another object of the class, of which the term is true. */
static void give_another(const struct rule *rule, struct call *call) {
  const struct shape *shape = &shapes[call->function];
  word *handles[] = {pointer(call, shape->made), pointer(call, shape->second_made)};
  for (int i = 0; i < 2; i++)
    if (handles[i]) *handles[i] = other_object(&rule->term, call->arg[0], *handles[i]);
  word *list = call->function == FindObjects_ ? pointer(call, shape->data) : NULL;
  for (word i = 0; list && i < *(word *)pointer(call, shape->count); i++)
    list[i] = other_object(&rule->term, call->arg[0], list[i]);
}

void act_after(struct rule *rule, struct call *call, long turn) {
  if (rule->after) act_in_time(rule, turn);
  if (rule->action == RETURN && rule->after) call->result = rule->numbers[0];
  if (rule->action == SAYS || rule->action == CLAIMS || rule->action == MISSES) change_attributes(rule, call);
  if (call->result != CKR_OK) return;
  if (rule->action == INFO) change_info(rule, call);
  else if (rule->action == FLAGS) change_flags(rule, call);
  else if (rule->action == GIVES) give_another(rule, call);
  else if (shapes[call->function].data && !call->answered) change_data(rule, call);
}
