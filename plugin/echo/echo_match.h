// Whether one line that was typed was echoed: whether what the pod printed shows each of its
// characters, in order, each where the cursor stood for it, before other output.
//
// What is typed is a pattern, what is printed is matched against it, by a set of states as a
// regular expression is: there can be more than one way to read the output while answers are on
// their way.
//
// * A character matches where it is printed at the place that follows the one before it. The cursor
//   may leave that place and come back in between: line editors print the rest of a line again,
//   erase by " " Backspace, repaint for colours, and so on.
// * An editing key may be answered by anything on the same line, some (Tab, history) by lines. The
//   character after it may then be anywhere.
// * After ^R, where the pod says that it searches, characters may be anywhere on a line, in order.
// * A newline before all is echoed is other output: the line was not echoed.
// * What was typed ahead of a prompt may begin again behind it: a shell echoes then what it reads.
//   Since anything can be printed until then, such a line must stand behind a prompt's last sign
//   and be followed by a newline. What followed an editing key and was sent in one go with the
//   line's end must be followed by a newline, too; where that key may print lines, at once.
//
// Bounded: kMaxStates states, and a token for each character typed (the owner bounds those).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugin/echo/typed_keys.h"
#include "plugin/echo/wiped.h"

namespace secure_exec {

class EchoMatch {
 public:
  static constexpr size_t kMaxStates = 16;

  enum class Start : uint8_t {
    kPrompted,  // output came since the line before, which may be a prompt
    kAhead,     // none did
    kMidLine,   // something was typed before it on the same line
  };
  explicit EchoMatch(Start start) : start_(start) {}

  // A key that does not end the line. `cursor` is a place of OutputTrack's, as everywhere here.
  void Type(const Key& key, int64_t cursor);
  // The line's end was typed; no key comes any more.
  void End();
  // The line before was echoed: this one may go on behind the newline that ends that one's echo.
  void Follow() { follow_ = true; }

  // Returns true if the character was (or may have been) the echo of a key.
  bool Print(char32_t c, int64_t at, int64_t after, char32_t before);
  void Newline(int64_t cursor);
  // A newline that only wrapped the line, or ended it just there.
  void MarginNewline();

  // All characters typed so far were echoed. For a line that has ended this is final. A line of
  // nothing but Meta and a character each is none: where nothing edits, they are its text.
  bool echoed() const { return echoed_ && !(meta_ && tokens_.empty()); }
  // Nothing that comes can make it so.
  bool hopeless() const { return !echoed_ && states_.empty() && !(follow_ && !impossible_); }
  bool has_text() const { return !tokens_.empty() || impossible_; }
  bool ahead() const { return start_ == Start::kAhead; }
  // An editing key was typed: what answers it may redraw the line, or print others.
  bool edited() const { return edited_; }
  size_t unechoed() const { return echoed_ ? 0 : tokens_.size(); }

 private:
  enum class Gap : uint8_t { kNone, kLine, kLines };  // what may be printed before a character
  struct Token {
    char32_t c;
    Gap gap;
  };
  // What must follow once all is matched, for what was found and not at its place.
  enum class Confirm : uint8_t { kNone, kLineEnds, kNewlineNext };
  struct State {
    enum class Where : uint8_t {
      kAt,        // at `at`
      kLine,      // anywhere on this line
      kAnywhere,  // also on a later one
      kPrompt,    // anywhere behind a prompt; the line's first character only
      kEnd,       // all is matched, `confirm` is waited for
    };
    uint32_t next;  // token
    Where where;
    Confirm confirm;
    int64_t at;
  };

  void AddState(std::vector<State>& to, const State& state) const;
  // All tokens before `next` are matched, the cursor is at `at`.
  void Advance(std::vector<State>& to, uint32_t next, int64_t at, Confirm confirm);

  WipedVector<Token> tokens_;
  std::vector<State> states_;
  std::vector<State> spare_;
  Gap gap_ = Gap::kNone;    // since the last character
  bool meta_ = false;       // Meta and a character were typed
  bool searching_ = false;  // ^R: every character is answered by a line
  size_t search_seen_ = 0;  // of kSearchPrompt, which a shell prints then
  Start start_;
  bool edited_ = false;
  bool ended_ = false;
  bool follow_ = false;
  bool impossible_ = false;
  bool echoed_ = true;  // nothing typed, nothing to be echoed
};

}  // namespace secure_exec
