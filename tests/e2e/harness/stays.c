/* A service in an image without a shell: says that it is up, waits for SIGTERM, and says so. */
#include <signal.h>
#include <stdio.h>

int main(void) {
  sigset_t awaited;
  int signal;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGTERM);
  sigprocmask(SIG_BLOCK, &awaited, NULL);
  puts("up");
  fflush(stdout);
  sigwait(&awaited, &signal);
  puts("got TERM");
  return 0;
}
