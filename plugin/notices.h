// What we say on the terminal while a session runs: "this session ends in 60 s", "no answer". Never
// part of the recording's output (a marker tells it), and never in the way of what is on the
// screen:
//
//   title   set between two sequences of the output, given back when the last notice is taken away:
//           XTWINOPS pushes the old one (CSI 22;0 t) and pops it (CSI 23;0 t); a title that the
//           remote itself set last is set again, for terminals that have no such stack
//   bell    with it, where the user should look up
//   line    only where ScreenWatch says that it damages nothing; it waits until then, and is never
//           shown once its notice was taken away
//
// kScreen puts lines in above the cursor's own row, so that the prompt and what was typed there
// stay as they are, and the remote's shell with them. A terminal that is no VT100 gets kLines:
// lines of their own, without titles.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/window_size.h"
#include "plugin/screen_watch.h"

namespace secure_exec {

class Notices {
 public:
  enum class Form { kNone, kLines, kScreen };
  // In the order of their weight: the title is the last one's that stands.
  enum class Kind { kIdle, kTimeLimit, kSilent };
  static constexpr int kKinds = 3;

  struct Text {
    std::string title;
    std::string line;     // UTF-8 without controls; "{}" is replaced by the seconds until ends_at
    int64_t ends_at = 0;  // BootNs
    bool bell = true;
  };

  explicit Notices(Form form) : form_(form) {}

  // Shows it, in place of what stood of its kind.
  void Raise(Kind kind, Text text);
  void Lower(Kind kind);
  // A line that no notice stands for; dropped where none may be written at once.
  void Tell(std::string line);

  // What may be written now; "" if nothing may or need be. It must go out whole, before any more of
  // the output that `screen` has seen (which is told of what it must know).
  std::string Take(ScreenWatch& screen, std::optional<WindowSize> size, int64_t now);
  // At the session's end: the title back.
  std::string Close(const ScreenWatch& screen);

 private:
  struct Standing {
    Text text;
    bool up = false;
    bool bell_due = false;
    bool line_due = false;
  };

  std::string Title(const ScreenWatch& screen);
  std::string Line(std::string_view text, ScreenWatch& screen,
                   std::optional<WindowSize> size) const;

  Form form_;
  std::array<Standing, kKinds> standing_;
  std::vector<std::string> told_;
  std::string title_;  // ours on the terminal; "": none
};

}  // namespace secure_exec
