// ~. at the start of a line: the way out of a session that does not answer, as in ssh.
//
// Bytes from the terminal go through here; what comes out is theirs to be recorded and sent. Only
// while `armed` is anything taken out of them, so that no ~ of a working session is ever eaten:
//   ~.   ends the session      ~?   help      ~~   one ~      ~ and anything else: both
// A line starts after CR or LF and at the session's start. A ~ that may be the beginning of one of
// these is held until the next byte, or until Release().
#pragma once

#include <string>
#include <string_view>

namespace secure_exec {

class EscapeKey {
 public:
  struct Typed {
    std::string pass;         // goes on, in order
    bool disconnect = false;  // ~. came, behind `pass`; what followed it is dropped
    bool help = false;
  };

  Typed Feed(std::string_view bytes, bool armed);
  bool holding() const { return holding_; }
  // The held ~, when it can begin nothing any more: disarmed, or the input ended.
  std::string Release();

 private:
  bool line_start_ = true;
  bool holding_ = false;
};

}  // namespace secure_exec
