// Descriptors 0, 1 and 2, whatever the caller left of them.
#pragma once

namespace secure_exec {

// Opens /dev/null for each of stdin, stdout and stderr that is closed. To be called first in main(): a
// socket or file that the program opens would otherwise get that number, and what is meant for
// stdout would be written into it.
void EnsureStandardDescriptors();

}  // namespace secure_exec
