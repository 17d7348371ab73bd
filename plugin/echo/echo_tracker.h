// Decides of what is typed at a terminal what may be recorded as text: lines that were echoed. What
// was not echoed may be a secret and is masked. docs/typed-secrets.md has the rules and their
// limits.
//
// Pure: bytes typed, bytes printed and times in; decisions out, in the order of the typing, through
// a Sink. Nothing typed goes to the pod before Type() has returned: by then the sink has been told
// of it, as text or by a placeholder.
//
// * A line is what is typed up to Enter (or ^C, ^D, ^Z, ^backslash). Its first byte that is not
//   harmless brings Placeholder(), once: the number and times of keys would tell a secret's length.
// * It becomes Text() when echo_match.h says so, else Masked() and then its end as Text(). Lines
// are
//   decided in order; after each decision a Placeholder() says that others are still open.
// * Keys that hold no text (arrows, control characters) and stand before all text are Text() at
// once.
// * After kUnechoedLines lines, or kUnechoedBytes bytes, that were not echoed, and in the alternate
//   screen, the pod reads keys in a way of its own. Then, as `text_where_unechoed` says, what is
//   typed goes on to be masked or is text, and a Marker() says which.
//
// Memory: Room() bytes more, then the owner stops reading until Expire(), at Deadline(), decides
// without an echo. What is held is wiped when it goes.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "plugin/echo/echo_match.h"
#include "plugin/echo/output_track.h"
#include "plugin/echo/typed_keys.h"
#include "plugin/echo/wiped.h"

namespace secure_exec {

class EchoTracker : private OutputTrack::Listener {
 public:
  static constexpr int kUnechoedLines = 3;
  static constexpr size_t kUnechoedBytes = 256;
  static constexpr size_t kMaxPending = 32 * 1024;
  // A masked line beyond it is told apart by its beginning only.
  static constexpr size_t kMaxLine = 4096;
  static constexpr size_t kLongEchoedLine = 8 * 1024;  // is text before its end
  static constexpr size_t kMatchedLines = 16;          // that are matched at a time
  // How long an echo may take where something must be decided.
  static constexpr int64_t kEchoPatienceNs = 2 * kSecond;
  static constexpr int64_t kShortPatienceNs = 200 * kMillisecond;  // once nothing is echoed anyway
  // Output so long before a key is no answer to an editing key that is still coming.
  static constexpr int64_t kRedrawNs = 300 * kMillisecond;
  static constexpr int64_t kAheadPatienceNs = 60 * kSecond;  // several lines, typed ahead

  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void Placeholder() = 0;
    virtual void Text(std::string_view bytes) = 0;   // as typed
    virtual void Masked(std::string_view text) = 0;  // as edited; without the line's end
    virtual void Marker(std::string_view text) = 0;
  };

  EchoTracker(Sink& sink, bool text_where_unechoed)
      : sink_(sink), text_where_unechoed_(text_where_unechoed) {}

  void SetColumns(int columns) { output_.SetColumns(columns); }
  void Type(std::string_view bytes, int64_t now);
  void Output(std::string_view bytes, int64_t now);
  void Expire(int64_t now);
  std::optional<int64_t> Deadline() const;
  size_t Room() const { return pending_ < kMaxPending ? kMaxPending - pending_ : 0; }
  // The session is over: what was not echoed by now is masked.
  void Finish();

 private:
  struct Line {
    explicit Line(EchoMatch::Start start) : match(start) {}
    WipedBytes raw;       // as typed, its end (one byte) included; without what was decided
    size_t unechoed = 0;  // bytes at the front of which it is known that no echo comes
    EchoMatch match;
    bool secret = false;  // holds keys that are not harmless
    bool ended = false;
    bool prompted = false;  // it may follow a prompt that was seen
    bool announced = false;
    bool cut = false;  // raw has its beginning, of kMaxLine bytes at most, and its end
    // When output began or ended a line since the last key.
    std::optional<int64_t> answered_ns;
    std::optional<int64_t> passed_over_ns;   // when it was seen that a later line was echoed
    std::optional<int64_t> other_output_ns;  // since its end
  };

  void OnPrint(char32_t c, int64_t at, int64_t after, char32_t before) override;
  void OnNewline() override;
  void OnMarginNewline() override;
  void OnReturn() override;
  void OnAlternateScreen(bool on) override;

  Line& OpenLine();
  void Add(Line& line, char byte);
  void TypeKey(Line& line, const Key& key);
  void SplitAnswered(Line& line);
  void Settle();
  bool SettleFront();
  // Of the first line:
  void Release(Line& line);
  void Mask(Line& line);
  void Retire(Line& line, bool forget);
  void TellUnechoed(std::string_view why);
  std::optional<int64_t> FrontDeadline() const;
  void GiveUp();
  int64_t Patience() const { return unechoed_told_ ? kShortPatienceNs : kEchoPatienceNs; }
  // So much is waiting for an echo that it must be decided without one.
  bool Overdue() const;

  Sink& sink_;
  const bool text_where_unechoed_;
  OutputTrack output_{*this};
  KeyReader keys_;
  std::deque<Line> lines_;
  size_t pending_ = 0;  // bytes in lines_
  int64_t now_ = 0;
  int64_t progress_ns_ = 0;  // when an echo came last, or waiting began
  // Since a line's end was typed: a newline came, and behind it output that is no echo.
  bool newline_seen_ = true;
  bool prompt_seen_ = false;
  bool newline_due_ = false;    // the end of a line that was echoed has no echo yet
  bool decided_ = false;        // something was, which Settle() has not seen
  bool at_newline_ = false;     // in OnNewline()
  int unechoed_lines_ = 0;      // in a row
  bool unechoed_told_ = false;  // a marker says that nothing is echoed
  bool screen_told_ = false;    // a marker tells of the alternate screen
};

// What a line editor makes of keys that were typed: characters, and what Backspace, ^U and ^W leave
// of them. Two ways to type the same secret are the same then.
WipedBytes EditedText(std::string_view typed);

}  // namespace secure_exec
