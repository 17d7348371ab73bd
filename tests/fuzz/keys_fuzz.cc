// What a terminal sends, in pieces of any size, to the player's reader of keys and to a prompt:
// texts are whole characters and no controls, and nothing grows.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/vt/utf8_char.h"
#include "replay/player/prompt.h"

namespace {

using namespace secure_exec;

void Check(bool good) {
  if (!good) std::abort();
}

bool IsText(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8Char(text);
    if (c.kind != Utf8Char::kValid || c.code_point < 0x20 || c.code_point == 0x7F) return false;
    text.remove_prefix(c.size);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  KeyReader reader;
  Prompt prompt(Prompt::For::kGoTo);
  while (!rest.empty()) {
    // The first byte says how long the piece is, and whether time passes behind it.
    const auto head = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    const std::string_view piece = rest.substr(0, head & 0x3F);
    rest.remove_prefix(piece.size());
    auto keys = reader.Feed(piece);
    if (head & 0x40) {
      for (Key& key : reader.Flush()) keys.push_back(key);
    }
    for (const Key& key : keys) {
      if (key.code == Key::kText) Check(IsText(key.text));
      if (key.code == Key::kPaste) Check(key.text.size() <= KeyReader::kMaxPaste);
      prompt.Press(key);
      Check(IsText(prompt.text()) && prompt.text().size() <= Prompt::kMaxText);
    }
  }
  return 0;
}
