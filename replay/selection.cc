#include "replay/selection.h"

#include <fnmatch.h>

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "base/time_text.h"
#include "recorder/store/prune.h"

namespace secure_exec {
namespace {

bool MatchesAny(const std::vector<std::string>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
  });
}

bool Agrees(const std::vector<std::string>& globs, const std::optional<std::string>& name) {
  return globs.empty() || (name && MatchesAny(globs, *name));
}

// A day, a time, or an age; a time without its day is the last one that was.
Result<int64_t> PointOf(const Arguments& arguments, const char* option, int64_t now_wall_ns) {
  std::string text = arguments.Get(option);
  if (const auto age = ParseAge(text)) return now_wall_ns - *age;
  if (const auto day = ParseUtcDate(text)) return *day;
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  if (const auto time = ParseUtcTime(text)) return *time;
  const std::string today = FormatUtcSeconds(now_wall_ns / kSecond).substr(0, 11);
  if (const auto time = ParseUtcTime(today + text)) {
    return *time > now_wall_ns ? *time - 24 * 3600 * kSecond : *time;
  }
  return Fail(ErrorKind::kUsage,
              "--{} takes a day (2026-11-23), a time (2026-11-23 14:03:07Z, 14:03:07Z) or an age "
              "(2h), not \"{}\"",
              option, arguments.Get(option));
}

}  // namespace

Result<Selection> Selection::Parse(const Arguments& arguments, int64_t now_wall_ns) {
  Selection selection;
  selection.contexts_ = arguments.All("context");
  selection.name_spaces_ = arguments.All("namespace");
  selection.pods_ = arguments.All("pod");
  selection.containers_ = arguments.All("container");
  selection.users_ = arguments.All("user");
  selection.live_ = arguments.Has("live");
  selection.sealed_ = arguments.Has("sealed");
  for (const auto& [option, field] :
       {std::pair("since", &Selection::since_ns_), std::pair("until", &Selection::until_ns_)}) {
    if (!arguments.Has(option)) continue;
    const auto point = PointOf(arguments, option, now_wall_ns);
    if (!point) return tl::unexpected(point.error());
    selection.*field = *point;
  }
  for (const std::string& text : arguments.All("exit")) {
    ExitRule rule;
    rule.but = text.starts_with('!');
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + (rule.but ? 1 : 0), end, rule.code);
    if (error != std::errc() || rest != end) {
      return Fail(ErrorKind::kUsage, "--exit takes a code, or !CODE for all others, not \"{}\"",
                  text);
    }
    selection.exits_.push_back(rule);
  }
  return selection;
}

bool Selection::empty() const {
  return contexts_.empty() && name_spaces_.empty() && pods_.empty() && containers_.empty() &&
         users_.empty() && !since_ns_ && !until_ns_ && exits_.empty() && !live_ && !sealed_;
}

bool Selection::Takes(const Traits& traits) const {
  if (!Agrees(contexts_, traits.context) || !Agrees(name_spaces_, traits.name_space) ||
      !Agrees(pods_, traits.pod) || !Agrees(containers_, traits.container)) {
    return false;
  }
  if (!users_.empty() &&
      !(traits.users && std::any_of(traits.users->begin(), traits.users->end(),
                                    [&](const auto& user) { return MatchesAny(users_, user); }))) {
    return false;
  }
  // One whose end is not known may have gone on.
  if (since_ns_ && traits.end_wall_ns && *traits.end_wall_ns < *since_ns_) return false;
  if (until_ns_ && traits.start_wall_ns >= *until_ns_) return false;
  const auto ended_so = [&](const ExitRule& rule) {
    return traits.exit && (traits.exit->code == rule.code) != rule.but;
  };
  if (!exits_.empty() && std::none_of(exits_.begin(), exits_.end(), ended_so)) return false;
  return (!live_ || traits.live) && (!sealed_ || traits.sealed);
}

}  // namespace secure_exec
