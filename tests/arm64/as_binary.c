/**
 * What the kernel runs for programs of arm64 (binfmt_misc, flags O, P and F): argv is this program, the
 * path, argv[0] and the arguments. A program that is called chaperone, or by one of its links, is an arm64
 * Deno and gets the words that run the bundle, so that it stands in for the compiled program: its path, its
 * argv[0], its links and a re-execution are as there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static const char *names[] = {"chaperone", "telchap", "envcp", "sdnotify", "sdnotify-exec", 0};
static const char *words[] = {"run", "-A", "--no-config", "--quiet", BUNDLE, 0};

int main(int argc, char **argv) {
  if (argc < 3) return 127;
  const char **out = calloc(argc + 16, sizeof *out);
  const char *path = argv[1], *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  static char held[32];
  int n = 0, descriptor = (int)getauxval(AT_EXECFD);
  /* A file in memory, the launcher, was closed by the exec; the kernel has opened it once more. */
  if (strncmp(path, "/proc/self/fd/", 14) != 0) close(descriptor);
  else {
    snprintf(held, sizeof held, "/proc/self/fd/%d", descriptor);
    path = held;
  }
  out[n++] = QEMU, out[n++] = "-0", out[n++] = argv[2], out[n++] = path;
  for (const char **name = names; *name; name++)
    if (!strcmp(base, *name))
      for (const char **word = words; *word; word++) out[n++] = *word;
  for (int i = 3; i < argc; i++) out[n++] = argv[i];
  execv(QEMU, (char **)out);
  return 127;
}
