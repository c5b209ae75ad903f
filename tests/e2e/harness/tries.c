/* What a process may do: `tries serve` is what is within reach, `tries` tries it, and says of each
 * thing "NAME yes" or "NAME no"; `tries nested` does so in a session of its own, two forks down. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *place;
static int port;

static struct sockaddr_in loopback(int number) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(number)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static socklen_t abstract(struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  int size = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "tries%s", place);
  return offsetof(struct sockaddr_un, sun_path) + 1 + size;
}

static void say(const char *name, int result) {
  if (result >= 0) printf("%s yes\n", name);
  else printf("%s no %d\n", name, errno);
}

static int file(const char *path, int flags) { return open(path, flags | O_CLOEXEC, 0600); }

static const char *in_place(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", place, name);
  return path;
}

static pid_t neighbour(void) {
  FILE *opened = fopen(in_place("shared/pid"), "r");
  int pid = 0;
  if (opened == NULL || fscanf(opened, "%d", &pid) != 1) exit(99);
  fclose(opened);
  return pid;
}

/* In a child: what is tried may change the process. */
static int apart(int (*attempt)(pid_t), pid_t pid) {
  pid_t child = fork();
  if (child == 0) _exit(attempt(pid) < 0 ? errno : 0);
  int status;
  waitpid(child, &status, 0);
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  return errno == 0 ? 0 : -1;
}

static int attach(pid_t pid) { return ptrace(PTRACE_SEIZE, pid, 0, 0); }
static int namespace(pid_t pid) { (void)pid; return unshare(CLONE_NEWUSER); }
static int mounting(pid_t pid) {
  (void)pid;
  return mount("none", in_place("mounted"), "tmpfs", 0, NULL);
}
static int unmounting(pid_t pid) { (void)pid; return umount2(in_place("mounted"), MNT_DETACH); }

static int dial(int number) {
  struct sockaddr_in address = loopback(number);
  return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address);
}

static int claim(int number) {
  struct sockaddr_in address = loopback(number);
  int made = socket(AF_INET, SOCK_STREAM, 0);
  int result = bind(made, (struct sockaddr *)&address, sizeof address), reason = errno;
  close(made);
  errno = reason;
  return result;
}

static int call_abstract(void) {
  struct sockaddr_un address;
  socklen_t size = abstract(&address);
  return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, size);
}

static int environ_of(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/environ", pid);
  return file(path, O_RDONLY);
}

static void try_all(const char *prefix) {
  pid_t pid = neighbour();
  printf("%s:\n", prefix);
  say("own", file(in_place("own/file"), O_RDWR | O_CREAT));
  say("allowed-port", dial(port));
  say("shadow", file("/etc/shadow", O_RDONLY));
  say("secret", file(in_place("secrets/key"), O_RDONLY));
  say("elsewhere", file(in_place("secrets/new"), O_RDWR | O_CREAT));
  say("port", dial(port + 1));
  say("bind", claim(port + 2));
  say("datagrams", socket(AF_INET, SOCK_DGRAM, 0));
  say("ptrace", apart(attach, pid));
  say("environ", environ_of(pid));
  say("signal", kill(pid, 0));
  say("abstract", call_abstract());
  say("namespace", apart(namespace, 0));
  say("mount", apart(mounting, 0));
  apart(unmounting, 0);
  printf("%s done\n", prefix);
  fflush(stdout);
}

static void serve(void) {
  for (int i = 0; i < 2; i++) {
    struct sockaddr_in address = loopback(port + i);
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) exit(98);
    listen(listener, 64);
  }
  struct sockaddr_un address;
  socklen_t size = abstract(&address);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, size) < 0) exit(97);
  listen(listener, 64);
  FILE *written = fopen(in_place("shared/pid"), "w");
  fprintf(written, "%d\n", getpid());
  fclose(written);
  puts("serving");
  fflush(stdout);
  for (;;) pause();
}

/** Says how a process ended that did not end by itself, so that a test tells of it. */
static void await(const char *name, pid_t pid) {
  int status = 0;
  if (pid < 0) printf("%s cannot be made: %d\n", name, errno);
  else if (waitpid(pid, &status, 0) != pid || status != 0) printf("%s ended with %#x\n", name, status);
  fflush(stdout);
}

int main(int count, char **words) {
  const char *mode = count > 1 ? words[1] : "";
  place = getenv("TRIES_PLACE");
  port = atoi(getenv("TRIES_PORT"));
  if (strcmp(mode, "serve") == 0) serve();
  try_all("itself");
  pid_t child = fork();
  if (child == 0) {
    setsid();
    pid_t grandchild = fork();
    if (grandchild == 0) {
      try_all("grandchild");
      _exit(0);
    }
    await("grandchild", grandchild);
    _exit(0);
  }
  await("child", child);
  puts("tried");
  fflush(stdout);
  if (strcmp(mode, "stay") == 0) for (;;) pause();
  return 0;
}
