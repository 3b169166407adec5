// A memory stick, by LD_PRELOAD: below a folder called `stick` there are no hard links, and folders can't be synced, as on FAT that
// is mounted for one user. Below one called `vfat` every file is open to all as well, whatever is asked for.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static int is_open(const char *path) { return strstr(path, "/vfat") != NULL; }
static int is_stick(const char *path) { return strstr(path, "/stick") != NULL || is_open(path); }

int link(const char *from, const char *to) {
  if (!is_stick(to)) return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  errno = EPERM;
  return -1;
}

int fsync(int fd) {
  char name[64], path[4096] = "";
  struct stat facts;
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  if (readlink(name, path, sizeof path - 1) > 0 && is_stick(path) && fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode)) {
    errno = EINVAL;
    return -1;
  }
  return (int)syscall(SYS_fsync, fd);
}

static int opened(const char *path, int flags, mode_t mode) {
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (fd >= 0 && flags & O_CREAT && is_open(path)) fchmod(fd, 0755);
  return fd;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(path, flags | O_LARGEFILE, mode);
}

int statfs(const char *path, struct statfs *out) {
  int status = (int)syscall(SYS_statfs, path, out);
  if (status == 0 && is_open(path)) out->f_type = 0x4d44;
  return status;
}

int statfs64(const char *path, struct statfs64 *out) { return statfs(path, (struct statfs *)out); }
