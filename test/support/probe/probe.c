// Numbers every step that a crash may come between, and ends the program at a chosen one: by LD_PRELOAD it sees the calls that
// change files, and the test module, where that is loaded, tells it of each call of PKCS#11.
//
// KEYRITE_PROBE_COUNTER  file shared by all processes: the last number, and who they are. Without it nothing is done.
// KEYRITE_PROBE_LOG      a line per event: number, pid, name, path
// KEYRITE_PROBE_ROOT     folders whose files count, parted by colons; real paths
// KEYRITE_PROBE_CALLS    all (if not set), or changing: only calls that can change a token count
// KEYRITE_PROBE_KILL     the number to end at, by SIGKILL
// KEYRITE_PROBE_RECORD   the record to end at, from 1: that sync of a ledger, in the place of a number
// KEYRITE_PROBE_WHEN     before (if not set) or after the call of that number
// KEYRITE_PROBE_WHOM     self (if not set), both, main or host
// KEYRITE_PROBE_FULL     from this number on the disk of the folders is full: no file there is made or grows, or gets to the disk
// KEYRITE_PROBE_EIO      the call of this number answers EIO
// KEYRITE_PROBE_EROFS    from this number on the disk of the folders can only be read
// KEYRITE_PROBE_DURABLE  a folder that hears what is on the disk for good: what each file had, and what each folder named, when it was synced
//
// What libc does within itself can't be seen here, such as the streams that SoftHSM writes with: its calls count instead.
#define _GNU_SOURCE
#include "probe.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// --- who and what is watched -------------------------------------------------------------------------------------

struct shared {
  _Atomic long count;
  _Atomic int main;
  _Atomic int host;
};

static struct shared *shared;
static const char *log_path, *roots, *whom;
static long kill_at, record_at, full_at, eio_at, erofs_at;
static int kill_after, changing_only, is_host;

int raw_open(const char *path, int flags) {
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

static int command_mentions(const char *word) {
  char line[4096];
  int fd = raw_open("/proc/self/cmdline", O_RDONLY);
  long length = fd < 0 ? 0 : syscall(SYS_read, fd, line, sizeof line - 1);
  if (fd >= 0) syscall(SYS_close, fd);
  return length > 0 && memmem(line, (size_t)length, word, strlen(word)) != NULL;
}

static void map_counter(const char *path) {
  int fd = raw_open(path, O_RDWR | O_CREAT);
  if (fd < 0) return;
  syscall(SYS_ftruncate, fd, (long)sizeof *shared);
  void *at = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (at != MAP_FAILED) shared = at;
}

static long number_of(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

// The host, and main as its parent, are known from its start, so that each can be ended before it did anything itself.
__attribute__((constructor)) static void begin_process(void) {
  const char *counter = getenv("KEYRITE_PROBE_COUNTER");
  const char *when = getenv("KEYRITE_PROBE_WHEN"), *calls = getenv("KEYRITE_PROBE_CALLS");
  if (counter == NULL || shared != NULL) return;
  log_path = getenv("KEYRITE_PROBE_LOG");
  roots = getenv("KEYRITE_PROBE_ROOT");
  whom = getenv("KEYRITE_PROBE_WHOM");
  durable = getenv("KEYRITE_PROBE_DURABLE");
  kill_at = number_of("KEYRITE_PROBE_KILL");
  record_at = number_of("KEYRITE_PROBE_RECORD");
  full_at = number_of("KEYRITE_PROBE_FULL");
  eio_at = number_of("KEYRITE_PROBE_EIO");
  erofs_at = number_of("KEYRITE_PROBE_EROFS");
  kill_after = when && strcmp(when, "after") == 0;
  changing_only = calls && strcmp(calls, "changing") == 0;
  map_counter(counter);
  is_host = command_mentions("host.cjs");
  if (shared && is_host) {
    shared->host = getpid();
    shared->main = getppid();
  }
}

// --- events ------------------------------------------------------------------------------------------------------

static void log_event(long number, const char *name, const char *path) {
  char line[PATH_MAX + 128];
  if (log_path == NULL) return;
  int fd = raw_open(log_path, O_WRONLY | O_APPEND | O_CREAT);
  if (fd < 0) return;
  int length = snprintf(line, sizeof line, "%ld %d %s%s%s\n", number, getpid(), name, *path ? " " : "", path);
  syscall(SYS_write, fd, line, length);
  syscall(SYS_close, fd);
}

/* Who lives on sees nothing of it: a process that was gone already is no error of the call that is watched. */
static void end_process(int pid) {
  int kept = errno;
  if (pid > 0) syscall(SYS_kill, pid, SIGKILL);
  errno = kept;
}

static void strike(void) {
  int self = getpid(), other = is_host ? shared->main : shared->host;
  const char *target = whom ? whom : "self";
  if (strcmp(target, "main") == 0) end_process(shared->main);
  // A test of a backup has two: it is the one that is at it.
  else if (strcmp(target, "host") == 0) end_process(is_host ? self : shared->host);
  else {
    if (strcmp(target, "both") == 0 && other != self) end_process(other);
    end_process(self);
  }
}

static int syncs_a_ledger(const char *name, const char *path) {
  size_t length = strlen(path);
  return strstr(name, "sync") && length > 6 && strcmp(path + length - 6, ".jsonl") == 0;
}

// Returns the number that the end of the same event is told; 0 is none.
static long begin_event(const char *name, const char *path) {
  if (shared == NULL) return 0;
  if (!is_host) shared->main = getpid();
  long number = atomic_fetch_add(&shared->count, 1) + 1;
  log_event(number, name, path);
  if (record_at > 0 && syncs_a_ledger(name, path) && --record_at == 0) kill_at = number;
  if (number == kill_at && !kill_after) strike();
  return number;
}

static void end_event(long number) {
  if (number != 0 && number == kill_at && kill_after) strike();
}

// --- files ---------------------------------------------------------------------------------------------------------

static int under_a_root(const char *path) {
  for (const char *root = roots; root != NULL && *root; root = *root == ':' ? root + 1 : root) {
    size_t length = strcspn(root, ":");
    if (length && strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0)) return 1;
    root += length;
  }
  return 0;
}

void path_of_fd(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, fd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", fd);
  long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  path[length > 0 ? length : 0] = 0;
}

// Takes `.`, `..` and empty parts out of an absolute path, in place.
static void tidy(char *path) {
  char *out = path;
  for (const char *part = path; *part;) {
    const char *name = part + 1;
    size_t length = strcspn(name, "/");
    if (length == 2 && strncmp(name, "..", 2) == 0) {
      while (out > path && *--out != '/') continue;
    } else if (length > 1 || (length == 1 && *name != '.')) {
      memmove(out, part, length + 1);
      out += length + 1;
    }
    part = name + length;
  }
  *out = 0;
}

static long begin_path(const char *name, int folder, const char *path) {
  char whole[2 * PATH_MAX] = "";
  if (shared == NULL || path == NULL) return 0;
  if (*path != '/') path_of_fd(folder, whole);
  snprintf(whole + strlen(whole), PATH_MAX, "/%s", path);
  tidy(whole);
  return under_a_root(whole) ? begin_event(name, whole) : 0;
}

// Pipes, sockets and terminals don't count; a folder does, because it can be synced.
static long begin_fd(const char *name, int fd) {
  char path[PATH_MAX];
  struct stat facts;
  if (shared == NULL || fstat(fd, &facts) != 0) return 0;
  if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) return 0;
  path_of_fd(fd, path);
  return under_a_root(path) ? begin_event(name, path) : 0;
}

static int is_file(int fd) {
  struct stat facts;
  return fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
}

static int fails(int error) {
  errno = error;
  return 1;
}

static int disk_fails(long number, int grows) {
  if (number == 0) return 0;
  if (number == eio_at) return fails(EIO);
  if (erofs_at && number >= erofs_at) return fails(EROFS);
  return grows && full_at && number >= full_at ? fails(ENOSPC) : 0;
}

// --- the watched calls -------------------------------------------------------------------------------------------------

// A function of libc under its own name, with a `real` of the same type and an event around it. `grows`: it wants room on the disk.
#define WATCH_IF(grows, after, type, name, parameters, begin, arguments) \
  type name parameters { \
    static type(*real) parameters; \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name); \
    long number = begin; \
    if (disk_fails(number, grows)) return -1; \
    type result = real arguments; \
    after; \
    end_event(number); \
    return result; \
  }
#define WATCH(...) WATCH_IF(0, , __VA_ARGS__)
#define WATCH_GROWTH(...) WATCH_IF(1, , __VA_ARGS__)
#define WATCH_SYNC(name) WATCH_IF(is_file(fd), if (number && result == 0) keep_synced(fd), int, name, (int fd), FD(#name), (fd))

#define FD(name) begin_fd(name, fd)
#define AT(name, path) begin_path(name, AT_FDCWD, path)

WATCH_GROWTH(ssize_t, write, (int fd, const void *data, size_t size), FD("write"), (fd, data, size))
WATCH_GROWTH(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), FD("pwrite"), (fd, data, size, at))
WATCH_GROWTH(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), FD("pwrite"), (fd, data, size, at))
WATCH_GROWTH(ssize_t, writev, (int fd, const struct iovec *parts, int count), FD("writev"), (fd, parts, count))
WATCH_GROWTH(ssize_t, pwritev, (int fd, const struct iovec *parts, int count, off_t at), FD("pwritev"), (fd, parts, count, at))
WATCH_GROWTH(ssize_t, pwritev64, (int fd, const struct iovec *parts, int count, off64_t at), FD("pwritev"), (fd, parts, count, at))
// A file server, or a quota, may say only then that there is no room.
WATCH_SYNC(fsync)
WATCH_SYNC(fdatasync)
WATCH(int, ftruncate, (int fd, off_t size), FD("ftruncate"), (fd, size))
WATCH(int, ftruncate64, (int fd, off64_t size), FD("ftruncate"), (fd, size))
WATCH(int, truncate, (const char *path, off_t size), AT("truncate", path), (path, size))
WATCH(int, truncate64, (const char *path, off64_t size), AT("truncate", path), (path, size))
WATCH(int, rename, (const char *from, const char *to), AT("rename", to), (from, to))
WATCH(int, renameat, (int a, const char *from, int b, const char *to), begin_path("rename", b, to), (a, from, b, to))
WATCH(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags), begin_path("rename", b, to),
      (a, from, b, to, flags))
WATCH_GROWTH(int, link, (const char *from, const char *to), AT("link", to), (from, to))
WATCH_GROWTH(int, linkat, (int a, const char *from, int b, const char *to, int flags), begin_path("link", b, to),
      (a, from, b, to, flags))
WATCH(int, unlink, (const char *path), AT("unlink", path), (path))
WATCH(int, unlinkat, (int folder, const char *path, int flags), begin_path("unlink", folder, path), (folder, path, flags))
WATCH(int, remove, (const char *path), AT("unlink", path), (path))
WATCH(int, rmdir, (const char *path), AT("rmdir", path), (path))
WATCH_IF(1, if (number && result == 0) keep_new(path), int, mkdir, (const char *path, mode_t mode), AT("mkdir", path), (path, mode))
WATCH_GROWTH(int, mkdirat, (int folder, const char *path, mode_t mode), begin_path("mkdir", folder, path), (folder, path, mode))

// Opening counts when it can make a file or empty one. The mode is passed on in any case: who needs none ignores it.
#define OPENING(begin) ((flags & (O_CREAT | O_TRUNC)) ? begin : 0)
#define WATCH_OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = va_arg(rest, mode_t); \
    va_end(rest); \
    static int (*real)(const char *, int, ...); \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name); \
    long number = OPENING(AT("open", path)); \
    int makes = flags & O_CREAT && access(path, F_OK) != 0; \
    if (disk_fails(number, makes)) return -1; \
    int result = real(path, flags, mode); \
    if (number && makes && result >= 0) keep_new(path); \
    end_event(number); \
    return result; \
  }
#define WATCH_OPENAT(name) \
  int name(int folder, const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = va_arg(rest, mode_t); \
    va_end(rest); \
    static int (*real)(int, const char *, int, ...); \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name); \
    long number = OPENING(begin_path("open", folder, path)); \
    if (disk_fails(number, flags & O_CREAT && faccessat(folder, path, F_OK, 0) != 0)) return -1; \
    int result = real(folder, path, flags, mode); \
    end_event(number); \
    return result; \
  }

WATCH_OPEN(open)
WATCH_OPEN(open64)
WATCH_OPENAT(openat)
WATCH_OPENAT(openat64)

// --- PKCS#11 -------------------------------------------------------------------------------------------------------

// The test module (../module/module.c) calls these around each call that it passes on.
long keyrite_step_begin(const char *name, int changing) {
  return changing || !changing_only ? begin_event(name, "") : 0;
}

void keyrite_step_end(long number) { end_event(number); }
