// A memory stick, by LD_PRELOAD: below a folder called `stick` there are no hard links, as on FAT.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int link(const char *from, const char *to) {
  if (!strstr(to, "/stick/")) return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  errno = EPERM;
  return -1;
}
