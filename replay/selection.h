// Which recordings of the store a command is about: the filters that `ls` and `grep` share. Several
// values of one option are alternatives, several options must all agree. Names are globs
// ("shop-*").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recorder/cast/event.h"
#include "replay/options.h"

namespace secure_exec {

inline constexpr std::array<OptionSpec, 10> kSelectionOptions = {{
    {"context", "GLOB", "only those of this context; may be repeated, as the next four"},
    {"namespace", "GLOB", "… namespace"},
    {"pod", "GLOB", "… pod"},
    {"container", "GLOB", "… container"},
    {"user", "GLOB", "… login, kubeconfig's user, or name in the client certificate"},
    {"since", "TIME", "only those that went on after: 2026-11-23, 2026-11-23 14:03:07Z, 2h (ago)"},
    {"until", "TIME", "only those that began before"},
    {"exit", "CODE", "only those that ended so: 0, 122, or !0 for all but 0; may be repeated"},
    {"live", nullptr, "only those whose session goes on now"},
    {"sealed", nullptr, "only those with a seal"},
}};

// What is known of a recording before it is searched or shown.
struct Traits {
  // nullopt: not known, as of an encrypted one that no identity opens; no filter takes it then.
  std::optional<std::string> context, name_space, pod, container;
  std::optional<std::vector<std::string>> users;
  int64_t start_wall_ns = 0;
  std::optional<int64_t> end_wall_ns;  // nullopt: not known
  std::optional<Exit> exit;
  bool live = false;
  bool sealed = false;
};

class Selection {
 public:
  // `now_wall_ns` is what ages count from. kUsage.
  static Result<Selection> Parse(const Arguments& arguments, int64_t now_wall_ns);

  // Takes every recording.
  bool empty() const;
  bool Takes(const Traits& traits) const;

 private:
  struct ExitRule {
    int code = 0;
    bool but = false;  // "!CODE"
  };
  std::vector<std::string> contexts_, name_spaces_, pods_, containers_, users_;
  std::optional<int64_t> since_ns_, until_ns_;
  std::vector<ExitRule> exits_;
  bool live_ = false, sealed_ = false;
};

}  // namespace secure_exec
