/* Sets the wall clock for one program and what it starts, by LD_PRELOAD: adds the seconds that stand, as a
   64-bit number, in the file CLOCK_STEP. The clock of the machine and the monotonic clock stay as they are.
   Uses no header, so that a compiler is all it takes. */
struct timespec { long sec, nsec; };
struct timeval { long sec, usec; };

extern int open(const char *, int, ...);
extern void *mmap(void *, unsigned long, int, int, int, long);
extern char *getenv(const char *);
extern long syscall(long, ...);

#ifdef __aarch64__
enum { SYS_CLOCK_GETTIME = 113 };
#else
enum { SYS_CLOCK_GETTIME = 228 };
#endif
enum { CLOCK_REALTIME = 0, CLOCK_REALTIME_COARSE = 5, PROT_READ = 1, MAP_SHARED = 1, O_CLOEXEC = 02000000 };

static long step(void) {
  static volatile long *seconds;
  if (!seconds) {
    const char *path = getenv("CLOCK_STEP");
    int fd = path ? open(path, O_CLOEXEC) : -1;
    void *page = fd < 0 ? (void *)-1 : mmap(0, sizeof *seconds, PROT_READ, MAP_SHARED, fd, 0);
    if (page == (void *)-1) return 0;
    seconds = page;
  }
  return *seconds;
}

int clock_gettime(int clock, struct timespec *now) {
  int result = syscall(SYS_CLOCK_GETTIME, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->sec += step();
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec precise;
  int result = clock_gettime(CLOCK_REALTIME, &precise);
  now->sec = precise.sec;
  now->usec = precise.nsec / 1000;
  return result;
}

long time(long *now) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (now) *now = precise.sec;
  return precise.sec;
}
