// For the static programs alone: the functions by which glibc would load shared libraries at run
// time (name service plug-ins, and whatever is asked of dlopen), answered with "no". Linked before
// libc.a, they keep glibc's out of the program.
//
// OpenSSL and c-ares refer to them, and get no as they do on a machine that lacks the library: a
// provider or engine that is not built in, BIO's own look-up of host names, services by name. We
// ask for none of these: names are looked up by c-ares, in libcurl and in
// plugin/audit/look_up_ares.cc. dlopen by the linker's --wrap, since glibc has a copy of its own in
// every static program.
// glob(3) would ask whose home "~" is, which takes GLOB_TILDE.
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stddef.h>

void* __wrap_dlopen(const char* file, int mode) {
  (void)file;
  (void)mode;
  return NULL;
}
void* dlsym(void* library, const char* name) {
  (void)library;
  (void)name;
  return NULL;
}
int dlclose(void* library) {
  (void)library;
  return -1;
}
char* dlerror(void) { return (char*)"a static program loads no libraries"; }
int dladdr(const void* address, void* about) {
  (void)address;
  (void)about;
  return 0;
}

int getaddrinfo(const char* host, const char* service, const struct addrinfo* hints,
                struct addrinfo** found) {
  (void)host;
  (void)service;
  (void)hints;
  (void)found;
  return EAI_FAIL;
}
void freeaddrinfo(struct addrinfo* found) { (void)found; }
int getnameinfo(const struct sockaddr* address, socklen_t size, char* host, socklen_t host_size,
                char* service, socklen_t service_size, int flags) {
  (void)address;
  (void)size;
  (void)host;
  (void)host_size;
  (void)service;
  (void)service_size;
  (void)flags;
  return EAI_FAIL;
}
struct hostent* gethostbyname(const char* name) {
  (void)name;
  return NULL;
}
struct servent* getservbyname(const char* name, const char* protocol) {
  (void)name;
  (void)protocol;
  return NULL;
}
int getservbyport_r(int port, const char* protocol, struct servent* about, char* buffer,
                    size_t size, struct servent** found) {
  (void)port;
  (void)protocol;
  (void)about;
  (void)buffer;
  (void)size;
  *found = NULL;
  return ENOENT;
}

int __getpwnam_r(const char* name, struct passwd* about, char* buffer, size_t size,
                 struct passwd** found) {
  (void)name;
  (void)about;
  (void)buffer;
  (void)size;
  *found = NULL;
  return ENOENT;
}
int __getpwuid_r(uid_t uid, struct passwd* about, char* buffer, size_t size,
                 struct passwd** found) {
  (void)uid;
  (void)about;
  (void)buffer;
  (void)size;
  *found = NULL;
  return ENOENT;
}
