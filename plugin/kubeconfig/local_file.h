// Reading the small files that a kubeconfig is made of: itself, certificates, keys, tokens.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>

namespace secure_exec {

inline constexpr size_t kMaxKubeconfigBytes = 16 << 20;
inline constexpr size_t kMaxCredentialBytes = 1 << 20;

// What kept a file from being read, as Go words it: "open /x: no such file or directory".
struct LocalFileError {
  int error_number;  // EFBIG: more than the limit
  std::string text;
};

// All of the file, or of the pipe that a shell's <(command) makes.
tl::expected<std::string, LocalFileError> ReadLocalFile(const std::string& path, size_t limit);

}  // namespace secure_exec
