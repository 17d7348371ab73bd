// What a server says about the caller: who it is, whether it may exec; and the server's version.
#include <cstdint>
#include <cstdlib>

#include "plugin/api/reviews.h"
#include "tests/fuzz/shown.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto user = ParseUserReview(text)) {
    if (user->name.empty() || user->groups.size() > 256) std::abort();
    CheckShown(user->name);
    CheckShown(user->uid);
    for (const std::string& group : user->groups) CheckShown(group);
  } else {
    CheckShown(user.error().message);
  }
  if (const auto verdict = ParseAccessReview(text)) {
    if (verdict->allowed && text.find("true") == std::string_view::npos) std::abort();
    CheckShown(verdict->reason);
  } else {
    CheckShown(verdict.error().message);
  }
  const auto version = ParseVersion(text);
  CheckShown(version ? *version : version.error().message);
  if (version && version->empty()) std::abort();
  return 0;
}
