// A screen as bytes and back; Screen::Snapshot() and Screen::Restore() are the way in.
//
// Bytes: "screen 1\n", then numbers (LEB128) and strings (length, bytes) in the order of
// snapshot.cc. Not a format for the disk of others: a version of this program reads its own.
// Every number is checked before anything is allocated; what decodes has the invariants of Screen.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "replay/screen/screen.h"

namespace secure_exec {

class SnapshotCodec {
 public:
  static std::string Encode(const Screen& screen);
  // nullptr: malformed.
  static std::unique_ptr<Screen> Decode(std::string_view bytes);

 private:
  class Writer;
  class Reader;
};

}  // namespace secure_exec
