// What the parts of the test module share: a call on its way to the real module, and the rules of the script.
#include <stdatomic.h>
#include "functions.h"

typedef unsigned long word;
typedef word (*function)(word, word, word, word, word, word, word, word);

enum {
#define INDEX(name, changing) name##_,
  FUNCTIONS(INDEX) FUNCTION_COUNT
};
_Static_assert(FUNCTION_COUNT == 68, "CK_FUNCTION_LIST of PKCS#11 2.40 has 68 functions");

struct function_list {
  unsigned char version[2];
  function functions[FUNCTION_COUNT];
};

extern const struct named_function {
  const char *name;
  /** It can change a token. */
  int changing;
} functions[FUNCTION_COUNT];

struct attribute {
  word type;
  void *value;
  word length;
};

enum { CKR_OK = 0, CKR_GENERAL_ERROR = 5, CKR_ATTRIBUTE_TYPE_INVALID = 0x12 };
#define UNAVAILABLE (~0UL)

enum { MOST_RULES = 64, MOST_NUMBERS = 16, MOST_CONDITIONS = 4, MOST_ATTRIBUTES = 64 };

struct call {
  int function;
  word arg[8];
  word result;
  /** The real module isn't asked. */
  int answered;
  /** How much room C_GetAttributeValue was given for each attribute. */
  word room[MOST_ATTRIBUTES];
};

/** An attribute and a value of it, as the script has it: CKA_LABEL=card#1. */
struct term {
  word attribute;
  unsigned char value[256];
  word length;
};

enum action { RETURN, NOTHING, SLEEP, HANG, KILL, ABORT, CUT, LENGTH, FLIP, ZERO, REPEAT, SAYS, CLAIMS, MISSES, MAKES, ADDS, DROPS, OBJECT,
              HIDE, INFO, FLAGS, WITHOUT, GIVES, HELPER, CBC, ACTION_COUNT };
enum condition_kind { IS, SESSIONS, MAKING, DATA, ROOM, ASKS, USER };

struct condition {
  enum condition_kind kind;
  struct term term;
  word number;
};

struct rule {
  char covers[FUNCTION_COUNT];
  /** Which of the calls that it covers; LONG_MAX has no end. */
  long first, last;
  enum action action;
  int after, parent;
  struct term term;
  /** A field of what C_GetTokenInfo and its like tell. */
  const char *field;
  word numbers[MOST_NUMBERS];
  int number_count;
  struct condition conditions[MOST_CONDITIONS];
  int condition_count;
  _Atomic long *seen;
  _Atomic word first_object;
};

/** The script, read anew whenever the module is loaded. */
extern struct rule rules[MOST_RULES];
extern int rule_count;
void read_script(void);

/** The module behind this one, and what it holds now. */
extern struct function_list *real_list;
extern _Atomic long open_sessions, keys_in_making;
word call_real(int function, const word arg[8]);

/** Where the arguments of a function are: an index into them plus one, 0 for none. */
struct shape {
  /** The handle of the object that the call is about. */
  int object;
  /** What it gives: bytes or a list, and the pointer to their count. */
  int data, count;
  /** The bytes that it is given. */
  int input;
  /** Templates, each followed by its count. */
  int template, second_template;
  /** Handles that it makes. */
  int made, second_made;
  int is_list;
};
extern const struct shape shapes[FUNCTION_COUNT];

int is_true_of(const struct term *term, word session, word object);

/** What a rule does to a call on its way in, and on its way back. `turn`: how often the rule has met a call. */
void act_before(struct rule *rule, struct call *call, long turn);
void act_after(struct rule *rule, struct call *call, long turn);

/** C_WrapKey and C_UnwrapKey by CKM_AES_CBC_PAD, under a KEK whose value was seen when it was created. */
void act_as_cbc(struct call *call);
void keep_value(const struct call *call);
