// stallfs BACKING MOUNTPOINT LOCK: a pass-through file system whose disk can be stalled. Everything
// that writes (write, fsync, truncate, create, unlink, ...) first takes a shared flock on LOCK; who
// holds an exclusive one stalls the disk, and lets it go by unlocking or dying. Runs in the
// foreground, prints "ready" once mounted.
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char* backing;
static const char* lock_path;

static void WaitForDisk(void) {
  const int fd = open(lock_path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  while (flock(fd, LOCK_SH) < 0 && errno == EINTR) {
  }
  close(fd);
}

static int Checked(int result) { return result < 0 ? -errno : result; }

// The path in the backing directory, in a buffer of the thread's own.
static const char* Real(const char* path) {
  static _Thread_local char buffer[8192];
  snprintf(buffer, sizeof buffer, "%s%s", backing, path);
  return buffer;
}

static int GetAttr(const char* path, struct stat* st, struct fuse_file_info* fi) {
  (void)fi;
  return Checked(lstat(Real(path), st));
}
static int ReadDir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t offset,
                   struct fuse_file_info* fi, enum fuse_readdir_flags flags) {
  (void)offset, (void)fi, (void)flags;
  DIR* directory = opendir(Real(path));
  if (!directory) return -errno;
  for (struct dirent* entry; (entry = readdir(directory));) fill(buffer, entry->d_name, NULL, 0, 0);
  closedir(directory);
  return 0;
}
static int MkDir(const char* path, mode_t mode) {
  WaitForDisk();
  return Checked(mkdir(Real(path), mode));
}
static int Unlink(const char* path) {
  WaitForDisk();
  return Checked(unlink(Real(path)));
}
static int RmDir(const char* path) {
  WaitForDisk();
  return Checked(rmdir(Real(path)));
}
static int ChMod(const char* path, mode_t mode, struct fuse_file_info* fi) {
  (void)fi;
  return Checked(chmod(Real(path), mode));
}
static int Open(const char* path, struct fuse_file_info* fi) {
  const int fd = open(Real(path), fi->flags & ~O_NOFOLLOW);
  if (fd < 0) return -errno;
  fi->fh = (uint64_t)fd;
  return 0;
}
static int Create(const char* path, mode_t mode, struct fuse_file_info* fi) {
  WaitForDisk();
  const int fd = open(Real(path), fi->flags | O_CREAT, mode);
  if (fd < 0) return -errno;
  fi->fh = (uint64_t)fd;
  return 0;
}
static int Read(const char* path, char* data, size_t size, off_t at, struct fuse_file_info* fi) {
  (void)path;
  return Checked((int)pread((int)fi->fh, data, size, at));
}
static int Write(const char* path, const char* data, size_t size, off_t at,
                 struct fuse_file_info* fi) {
  (void)path;
  WaitForDisk();
  return Checked((int)pwrite((int)fi->fh, data, size, at));
}
static int Truncate(const char* path, off_t size, struct fuse_file_info* fi) {
  WaitForDisk();
  return Checked(fi ? ftruncate((int)fi->fh, size) : truncate(Real(path), size));
}
static int FSync(const char* path, int data_only, struct fuse_file_info* fi) {
  (void)path, (void)data_only, (void)fi;
  WaitForDisk();
  return 0;
}
static int Allocate(const char* path, int mode, off_t at, off_t length, struct fuse_file_info* fi) {
  (void)path;
  WaitForDisk();
  return Checked(fallocate((int)fi->fh, mode, at, length));
}
static int StatFs(const char* path, struct statvfs* st) { return Checked(statvfs(Real(path), st)); }
static int Release(const char* path, struct fuse_file_info* fi) {
  (void)path;
  return Checked(close((int)fi->fh));
}
static void* Init(struct fuse_conn_info* connection, struct fuse_config* config) {
  (void)connection;
  config->use_ino = 0;
  puts("ready");
  fflush(stdout);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: stallfs BACKING MOUNTPOINT LOCK\n");
    return 2;
  }
  backing = argv[1];
  lock_path = argv[3];
  static const struct fuse_operations operations = {.getattr = GetAttr,
                                                    .readdir = ReadDir,
                                                    .mkdir = MkDir,
                                                    .unlink = Unlink,
                                                    .rmdir = RmDir,
                                                    .chmod = ChMod,
                                                    .open = Open,
                                                    .create = Create,
                                                    .read = Read,
                                                    .write = Write,
                                                    .truncate = Truncate,
                                                    .fsync = FSync,
                                                    .fsyncdir = FSync,
                                                    .fallocate = Allocate,
                                                    .statfs = StatFs,
                                                    .release = Release,
                                                    .init = Init};
  char* fuse_argv[] = {argv[0], "-f", argv[2], NULL};
  return fuse_main(3, fuse_argv, &operations, NULL);
}
