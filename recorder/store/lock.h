// The sign that a recording is being written: an advisory lock (flock, exclusive) on its main file,
// which its writer holds as long as it has the file open and which the kernel takes back when it
// dies. Where a file system has no locks there is no sign.
#pragma once

#include <string>

#include "base/unique_fd.h"

namespace secure_exec {

// Takes the lock without waiting; false where another has it.
bool TryLock(const UniqueFd& file);
// Whether somebody writes the file now. False where it cannot be opened.
bool IsBeingWritten(const std::string& path);

}  // namespace secure_exec
