// Lets one system call fail as VARVE_FAIL says, "CALL:ERRNO:PATTERN": the first one on a path that has PATTERN in it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failing(const char *call, const char *path) {
  const char *plan = getenv("VARVE_FAIL");
  static int done;
  char name[32], pattern[256];
  int error;
  if (done || !plan || sscanf(plan, "%31[^:]:%d:%255s", name, &error, pattern) != 3) return 0;
  size_t long_enough = strlen(path), wanted = strlen(pattern);
  if (strcmp(name, call)) return 0;
  // A pattern that ends in $ stands for the end of the path.
  if (pattern[wanted - 1] == '$') {
    if (long_enough < wanted - 1 || strncmp(path + long_enough - wanted + 1, pattern, wanted - 1)) return 0;
  } else if (!strstr(path, pattern)) return 0;
  if (!getenv("VARVE_FAIL_ALWAYS")) done = 1;
  errno = error;
  return 1;
}

static int failing_fd(const char *call, int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return failing(call, path);
}

int fsync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  return failing_fd("fsync", fd) ? -1 : real(fd);
}

int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
  return failing("rename", to) ? -1 : real(from, to);
}

int link(const char *from, const char *to) {
  int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "link");
  return failing("link", to) ? -1 : real(from, to);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  return failing_fd("write", fd) ? -1 : real(fd, bytes, count);
}
