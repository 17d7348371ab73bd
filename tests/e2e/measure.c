// measure FD COMMAND...: runs a command and writes what it cost to FD:
//   wall ns (to the end of the command itself), user and system µs of the whole process tree, peak
//   RSS in KiB of the command, and the largest peak among the processes that it left behind.
// Why a program: a child of a large process starts with its parent's peak RSS, so Python cannot
// measure a small child. Orphans come here (PR_SET_CHILD_SUBREAPER), so nobody's CPU is lost.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long Now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static pid_t child;
static void PassOn(int signal_number) { kill(child, signal_number); }

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: measure FD COMMAND...\n");
    return 2;
  }
  const int fd = atoi(argv[1]);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const long long start = Now();
  child = fork();
  if (child < 0) {
    perror("measure: fork");
    return 2;
  }
  if (child == 0) {
    execvp(argv[2], argv + 2);
    fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(errno));
    _exit(127);
  }
  signal(SIGTERM, PassOn);
  signal(SIGHUP, PassOn);
  signal(SIGINT, PassOn);
  // The command's ends of these are the only ones that count.
  close(0);
  close(1);
  long long wall = 0, user = 0, system = 0;
  long peak = 0, others = 0;
  int status = 0, ended = 0;
  for (;;) {
    struct rusage usage;
    int one = 0;
    const pid_t pid = wait4(-1, &one, 0, &usage);
    if (pid < 0) {
      if (errno == EINTR) continue;
      break;
    }
    user += usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec;
    system += usage.ru_stime.tv_sec * 1000000LL + usage.ru_stime.tv_usec;
    if (pid == child) {
      wall = Now() - start;
      status = one;
      ended = 1;
      peak = usage.ru_maxrss;
    } else if (usage.ru_maxrss > others) {
      others = usage.ru_maxrss;
    }
  }
  if (!ended) return 2;
  dprintf(fd, "%lld %lld %lld %ld %ld\n", wall, user, system, peak, others);
  if (WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    kill(getpid(), WTERMSIG(status));
  }
  return WEXITSTATUS(status);
}
