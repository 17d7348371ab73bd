#include "base/clock.h"
#include "base/completion/entry.h"
#include "base/standard_descriptors.h"
#include "plugin/completion/complete.h"
#include "plugin/plugin.h"

int main(int argc, char** argv) {
  using namespace secure_exec;
  EnsureStandardDescriptors();
  const Environment environment = SystemEnvironment();
  const auto complete = [&](const std::vector<std::string>& words, const std::string& word,
                            int64_t deadline_ns) {
    return CompleteExec(words, word, [&](const Options& options) {
      return RealSources(options, environment, Clock::System(), deadline_ns);
    });
  };
  if (const auto code = CompleteIfAsked(kExecNames, argc, argv, environment, complete))
    return *code;
  return RunPlugin({argv + 1, argv + argc}, environment);
}
