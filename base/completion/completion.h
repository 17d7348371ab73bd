// What a completion answers: candidates for the word at the cursor, and what the shell is to do
// where there are none.
//
// Candidates come from kubeconfigs, servers and recordings, and a shell puts them on a command line
// that somebody then runs: only names made of characters that no shell acts on are taken, the
// others are left out. Descriptions are made fit for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace secure_exec {

struct Candidate {
  std::string text;         // the whole word
  std::string description;  // one line, or empty
  bool operator==(const Candidate&) const = default;
};

// Whether `text` may be offered: letters, digits and ._:@/+,%=- behind a letter or a digit; at most
// 512 bytes.
bool IsSafeCandidate(std::string_view text);

class Completion {
 public:
  // A screenful would be enough; beyond it candidates are left out.
  static constexpr size_t kMaxCandidates = 500;
  static constexpr size_t kMaxDescription = 80;  // bytes

  // Those that begin with `word` are wanted, and nothing else.
  explicit Completion(std::string word) : word_(std::move(word)) {}

  // Takes `lead` + `text` where that begins with the word, is safe and is not there yet; `lead` is
  // the part that was typed before a value ("--context=", "-c"). False: there is no room for more.
  bool Add(std::string_view text, std::string_view description = "", std::string_view lead = "");

  // A flag of our own: "--context", "-c".
  void AddFlag(std::string_view flag, std::string_view description = "");

  const std::string& word() const { return word_; }
  const std::vector<Candidate>& candidates() const { return candidates_; }
  bool full() const { return candidates_.size() >= kMaxCandidates; }
  // No space behind the candidate: its last character says that more must follow.
  bool no_space() const;

  // What the shell completes by itself where there are no candidates.
  enum class Names { kNone, kFiles, kDirectories } names = Names::kNone;
  bool keep_order = false;  // the order says something: newest first
  // Why there are none, one line each; for SECURE_EXEC_COMPLETION_DEBUG.
  std::vector<std::string> problems;

 private:
  void Take(std::string whole, std::string_view description);

  std::string word_;
  std::vector<Candidate> candidates_;
};

}  // namespace secure_exec
