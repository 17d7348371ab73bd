// Descriptors 0, 1 and 2, whatever the caller left of them.
#pragma once

namespace secure_exec {

// Opens nothing for each of stdin, stdout and stderr that is closed. To be called first in main():
// a socket or file that the program opens would otherwise get that number, and what is meant for
// stdout would be written into it.
void EnsureStandardDescriptors();

// A descriptor into which anything may be written and from which nothing comes: /dev/null, or in a
// root that has none a socket without a peer (ENOTCONN). Closed on exec. -1: an errno.
int OpenNothing();

}  // namespace secure_exec
