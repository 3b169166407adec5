// What outlives a loss of power: what each file had, and what each folder named, when it was last synced. power.ts makes it of this.
#define _GNU_SOURCE
#include "probe.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *durable;

// By inode: its bytes, its names, or that it is new since the program began.
static int durable_file(unsigned long inode, const char *kind) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%lu.%s", durable, inode, kind);
  return (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void keep_bytes(const char *path, unsigned long inode) {
  char some[65536];
  int from = raw_open(path, O_RDONLY), to = durable_file(inode, "bytes");
  for (long got; from >= 0 && to >= 0 && (got = syscall(SYS_read, from, some, sizeof some)) > 0;) syscall(SYS_write, to, some, got);
  if (from >= 0) syscall(SYS_close, from);
  if (to >= 0) syscall(SYS_close, to);
}

static void keep_names(const char *path, unsigned long inode) {
  int to = durable_file(inode, "names");
  DIR *folder = opendir(path);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    char line[PATH_MAX];
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    syscall(SYS_write, to, line, snprintf(line, sizeof line, "%lu %s\n", (unsigned long)entry->d_ino, entry->d_name));
  }
  if (folder) closedir(folder);
  if (to >= 0) syscall(SYS_close, to);
}

void keep_synced(int fd) {
  char path[PATH_MAX];
  struct stat facts;
  if (durable == NULL || fstat(fd, &facts) != 0) return;
  path_of_fd(fd, path);
  if (S_ISDIR(facts.st_mode)) keep_names(path, facts.st_ino);
  else keep_bytes(path, facts.st_ino);
}

// An inode may have belonged to something else, which is gone.
void keep_new(const char *path) {
  struct stat facts;
  char old[PATH_MAX];
  if (durable == NULL || stat(path, &facts) != 0) return;
  for (int i = 0; i < 2; i++) {
    snprintf(old, sizeof old, "%s/%lu.%s", durable, (unsigned long)facts.st_ino, i ? "names" : "bytes");
    syscall(SYS_unlinkat, AT_FDCWD, old, 0);
  }
  int file = durable_file(facts.st_ino, "new");
  if (file >= 0) syscall(SYS_close, file);
}
