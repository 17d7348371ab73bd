// Draws pictures on a real terminal, each time only what changed since the last one, in sequences
// of our own: cursor movement, CSI m, erase, the alternate screen, cursor visibility, autowrap.
//
// Terminals differ in how wide they think some characters are: behind each that is not ASCII the
// cursor is put where it belongs, so that a wrong guess spoils one place and no row.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "replay/render/picture.h"

namespace secure_exec {

class Painter {
 public:
  struct At {
    int x = 0;
    int y = 0;
    bool operator==(const At&) const = default;
  };

  // Takes the terminal's other screen, and gives back the first with its cursor. Meanwhile the
  // terminal marks what is pasted.
  static std::string_view Begin() {
    return "\x1B[?1049h\x1B[0m\x1B[2J\x1B[?7l\x1B[?25l\x1B[?2004h";
  }
  static std::string_view End() { return "\x1B[?2004l\x1B[?7h\x1B[?25h\x1B[0m\x1B[?1049l"; }

  // Appends what turns the last picture into this one; `cursor`: where it is shown.
  void Paint(Picture picture, std::optional<At> cursor, std::string& out);
  // The next picture is drawn whole: the terminal may show anything.
  void Forget() { last_.reset(); }

 private:
  void PaintRow(const Picture& picture, int y, std::string& out);
  void MoveTo(int x, int y, std::string& out);

  std::optional<Picture> last_;
  std::optional<At> shown_cursor_;
  std::optional<At> at_;  // where the terminal's cursor is; nullopt: not known
  Style style_;
};

}  // namespace secure_exec
