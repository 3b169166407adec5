// A clock that runs KEYRITE_SHIM_SPEED (else 2,000) times as fast as the real one, by LD_PRELOAD. With KEYRITE_SHIM_AHEAD it runs as it should, and is fast by so
// many seconds.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t started;

static void now(struct timespec *out) {
  struct timespec real;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &real);
  const char *ahead = getenv("KEYRITE_SHIM_AHEAD");
  if (ahead) {
    out->tv_sec = real.tv_sec + atoll(ahead);
    out->tv_nsec = real.tv_nsec;
    return;
  }
  const char *said = getenv("KEYRITE_SHIM_SPEED");
  long long speed = said ? atoll(said) : 2000;
  if (started == 0) started = real.tv_sec;
  long long passed = (real.tv_sec - started) * 1000000000LL + real.tv_nsec;
  out->tv_sec = started + passed * speed / 1000000000LL;
  out->tv_nsec = passed * speed % 1000000000LL;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
  if (clock != CLOCK_REALTIME) return (int)syscall(SYS_clock_gettime, clock, out);
  now(out);
  return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  struct timespec fast;
  (void)zone;
  now(&fast);
  out->tv_sec = fast.tv_sec;
  out->tv_usec = fast.tv_nsec / 1000;
  return 0;
}
