/* The load of the measurements: services that stamp the clock, and programs that die, log and print.
 * load.sh does the same where there is no compiler, but for `flood`. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *stamps;

static void stamp(char kind) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  char line[80];
  int size = snprintf(line, sizeof line, "%c %d %lld%09ld\n", kind, (int)getpid(),
                      (long long)now.tv_sec, now.tv_nsec);
  int fd = open(stamps, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0 || write(fd, line, size) != size) _exit(9);
  close(fd);
}

static void on_term(int signal) {
  (void)signal;
  stamp('T');
  _exit(0);
}

/* Children whose parent ends at once: PID 1 has to reap them. */
static void make_orphans(int count) {
  for (int i = 0; i < count; i++) {
    pid_t parent = fork();
    if (parent == 0) _exit(fork() < 0);
    waitpid(parent, NULL, 0);
  }
}

static int count_processes(void) {
  DIR *directory = opendir("/proc");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
  closedir(directory);
  return count;
}

/* Orphans that wait until there are all of them, and end at once; stamps when none is left. */
static void make_burst(int count) {
  int gate[2];
  char byte;
  int before = count_processes();
  if (pipe(gate) < 0) _exit(5);
  for (int i = 0; i < count; i++) {
    pid_t parent = fork();
    if (parent == 0) {
      pid_t orphan = fork();
      if (orphan == 0) {
        close(gate[1]);
        while (read(gate[0], &byte, 1) < 0) {}
      }
      _exit(orphan < 0);
    }
    waitpid(parent, NULL, 0);
  }
  stamp('E');
  close(gate[1]);
  while (count_processes() > before) usleep(1000);
  stamp('R');
}

static void send_all(int count) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) _exit(8);
  char text[121];
  int head = snprintf(text, sizeof text, "<14>Jan  5 10:11:12 flood[%d]: ", (int)getpid());
  memset(text + head, 'x', sizeof text - 1 - head);
  for (int i = 0; i < count; i++) {
    if (send(fd, text, sizeof text - 1, 0) < 0) _exit(7);
  }
}

static void flood(int count, int senders) {
  for (int i = 0; i < senders; i++) {
    if (fork() == 0) {
      send_all(count / senders);
      _exit(0);
    }
  }
  while (wait(NULL) > 0) {}
}

static void print_lines(long mebibytes) {
  static char block[64 * 1024];
  long bytes = mebibytes * 1024 * 1024;
  for (size_t i = 0; i < sizeof block; i++) block[i] = i % 100 == 99 ? '\n' : 'x';
  block[sizeof block - 1] = '\n';
  while (bytes > 0) {
    ssize_t written = write(1, block, sizeof block);
    if (written < 0) _exit(6);
    bytes -= written;
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const char *what = argv[1];
  stamps = argv[2];
  if (strcmp(what, "exec") == 0 && argc > 3) {
    stamp('0');
    execvp(argv[3], argv + 3);
    return 127;
  }
  signal(SIGTERM, on_term);
  stamp('S');
  if (strcmp(what, "end") == 0) {
    if (argc > 3) kill(1, atoi(argv[3]));
    return 0;
  }
  if (strcmp(what, "fail") == 0) return 1;
  if (strcmp(what, "orphans") == 0) make_orphans(atoi(argv[3]));
  if (strcmp(what, "burst") == 0) make_burst(atoi(argv[3]));
  if (strcmp(what, "flood") == 0) flood(atoi(argv[3]), atoi(argv[4]));
  if (strcmp(what, "lines") == 0) print_lines(atol(argv[3]));
  if (strcmp(what, "stay") != 0 && strcmp(what, "burst") != 0) stamp('E');
  for (;;) pause();
}
