/* Fills the table of processes and keeps it full, for 150 s at the most: each process forks on and on, leaves
   the session and ignores what asks it to end, so that whoever ends one of them makes room for another. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);
  time_t end = time(0) + 150;
  int told = 0;
  while (time(0) < end) {
    int next = fork();
    if (next == 0) {
      setsid();
      told = 1;
    }
    if (next >= 0) continue;
    if (!told && errno == EAGAIN) {
      puts("full");
      fflush(stdout);
      told = 1;
    }
    usleep(200000);
  }
}
