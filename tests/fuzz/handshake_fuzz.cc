// Any answer to the handshake: the parser stays within its bounds, and says the same however the
// bytes are cut. The first byte of the input says where.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plugin/remote/handshake.h"

namespace {

using secure_exec::HttpAnswerParser;

// How far it came: the bytes taken, or nothing after an error.
bool Feed(HttpAnswerParser& parser, std::string_view bytes, size_t& used) {
  const auto result = parser.Feed(bytes);
  if (!result) return false;
  used += *result;
  return true;
}

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t cut = bytes.size() * data[0] / 255;

  HttpAnswerParser whole, halves;
  size_t whole_used = 0, halves_used = 0;
  const bool whole_good = Feed(whole, bytes, whole_used);
  bool halves_good = Feed(halves, bytes.substr(0, cut), halves_used);
  if (halves_good && !halves.done()) {
    halves_good = Feed(halves, bytes.substr(cut), halves_used);
  }
  Require(whole_good == halves_good);
  if (!whole_good) return 0;
  Require(whole_used == halves_used && whole_used <= bytes.size());
  Require(whole.End().has_value() == halves.End().has_value());
  Require(whole.done() == halves.done() && whole.status() == halves.status());
  Require(whole.body() == halves.body());
  Require(whole.body().size() <= HttpAnswerParser::kMaxBodyBytes);
  if (!whole.done()) return 0;
  secure_exec::ExecRequest request;
  request.offer_v4 = data[0] % 2 == 0;
  const auto judged = secure_exec::JudgeAnswer(whole, "dGhlIHNhbXBsZSBub25jZQ==", request);
  if (judged) {
    Require(whole.status() == 101);
  } else {
    for (const char c : judged.error().message)
      Require(c == '\t' || static_cast<unsigned char>(c) >= ' ');
  }
  return 0;
}
