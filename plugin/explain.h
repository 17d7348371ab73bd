// --explain: what a session would be, without one. Which file and flag gave each setting, who the
// cluster takes the user for, what it allows, which protocol and container would be chosen, and
// where the recording would go. Opens no stream, runs no command and writes nothing; the credential
// plugin runs where there is one, for the cluster can be asked as nobody else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "plugin/options.h"

namespace secure_exec {

struct Explanation {
  struct Fact {
    std::string name, value;
    std::string source;  // where it comes from or why; may be empty
  };
  struct Verb {
    std::string name;  // of pods/exec: "get"
    bool allowed = false;
    std::string reason;  // the server's
  };
  std::vector<Fact>
      facts;  // settings first, as ResolveAccess() gives them, then what was found out
  std::vector<std::string> groups;
  std::vector<Verb> verbs;
  // What would end the session before it starts, in the words that it would be told with.
  std::vector<std::string> problems;
};

// Asks the cluster where it gets that far; what fails stands in `problems`.
Explanation Explain(const Options& options, const Environment& environment, const Clock& clock);

// One fact a line, its source behind it; without the problems, which belong on stderr.
std::string ExplanationText(const Explanation& explanation);
// One object: "settings" [{name, value, source}], "groups", "verbs" [{verb, allowed, reason}],
// "problems".
std::string ExplanationJson(const Explanation& explanation);

}  // namespace secure_exec
