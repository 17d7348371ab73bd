// A command line, one argument a line. What is accepted keeps the promises of Options.
#include <cstdint>
#include <cstdlib>

#include "plugin/options.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  std::vector<std::string> args(1);
  for (size_t i = 0; i < size; ++i) {
    if (data[i] == '\n') {
      args.emplace_back();
    } else {
      args.back() += static_cast<char>(data[i]);
    }
  }
  const auto options = secure_exec::ParseOptions(args);
  if (!options) {
    if (options.error().message.empty()) std::abort();
  } else if (options->action == secure_exec::Options::Action::kExec &&
             options->explain == secure_exec::Options::Explain::kNo &&
             secure_exec::CheckRequest(*options)) {
    if (options->command.empty()) std::abort();
    if (options->target.typed.empty() && options->target.files.empty()) std::abort();
    if (options->target.pod_timeout_ns <= 0) std::abort();
  }
  return 0;
}
