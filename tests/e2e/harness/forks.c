/* Forks as fast as the machine can, for a minute at the most: eight that go on by a child which leaves the
   session, so that no signal to a process or a group meets the next one, and sixty each time that end at once
   and are left to PID 1. Counts them in the file "forks" of TEST_DIR. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { RELAYS = 8, AT_ONCE = 60, LIMIT = 2000000, SECONDS = 60 };

int main(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/forks", getenv("TEST_DIR"));
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || ftruncate(fd, sizeof(long)) < 0) return 1;
  volatile long *count = mmap(0, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (count == MAP_FAILED) return 1;
  signal(SIGTERM, SIG_IGN);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  puts("forking");
  fflush(stdout);
  time_t end = time(0) + SECONDS;
  for (int i = 1; i < RELAYS; i++)
    if (fork() == 0) break;
  while (*count < LIMIT && time(0) < end) {
    int next = fork();
    if (next > 0) _exit(0);
    if (next < 0) continue;
    setsid();
    for (int i = 0; i < AT_ONCE; i++) {
      int leaf = fork();
      if (leaf == 0) _exit(0);
      if (leaf > 0) __sync_fetch_and_add(count, 1);
    }
  }
}
