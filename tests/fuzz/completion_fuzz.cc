// A command line that somebody has typed so far, and a server's list: no candidate that a shell
// acts on, no description that a terminal does.
#include <algorithm>
#include <cstdlib>

#include "base/completion/reply.h"
#include "base/completion/shell_line.h"
#include "plugin/completion/complete.h"

using namespace secure_exec;

namespace {

class FuzzedSources : public CompletionSources {
 public:
  explicit FuzzedSources(std::string_view bytes) : bytes_(bytes) {}
  Result<Kubeconfig> Config() override {
    Kubeconfig config;
    config.contexts[std::string(bytes_)].cluster = bytes_;
    return config;
  }
  Result<void> List(const ApiResource&,
                    const std::function<bool(const Candidate&)>& take) override {
    int pages = 0;
    return ListNames([&](const std::string&) { return std::string(bytes_); }, "/x",
                     [&] { return ++pages < 4; }, take);
  }
  Result<Pod> FindPod(const TargetQuery&) override { return ParsePod(bytes_); }
  Result<std::vector<Candidate>> Recordings() override {
    return std::vector<Candidate>{{std::string(bytes_), std::string(bytes_)}};
  }

 private:
  std::string_view bytes_;
};

}  // namespace

// The line up to the first LF, the server's bytes behind it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\n'), size);
  const std::string_view bytes = input.substr(std::min(end + 1, size));
  const ShellLine line = SplitShellLine(
      input.substr(0, end), [](const std::string&) { return std::optional<std::string>("value"); });
  const Completion completion = CompleteExec(line.words, line.word, [&](const Options&) {
    return std::make_unique<FuzzedSources>(bytes);
  });
  for (const Candidate& candidate : completion.candidates()) {
    const std::string& word = completion.word();
    if (!candidate.text.starts_with(word)) std::abort();
    if (candidate.text.substr(word.size()).find_first_of(" \t\n$`'\"\\;&|<>(){}[]*?~!#^\x1b") !=
            std::string::npos ||
        candidate.description.find_first_of("\t\n\r\x1b\x07") != std::string::npos) {
      std::abort();
    }
  }
  const std::string text =
      CobraReply(completion) + ShellReply(completion) + BashReply(completion, "", 80);
  if (text.empty()) std::abort();
  return 0;
}
