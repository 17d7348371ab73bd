// What somebody with an editor makes of good recordings: the input is a list of edits (units
// dropped, doubled, swapped or brought from another recording, bytes changed, cut, zeroed,
// inserted, tail segments put beside the file), so that every run reaches the checks behind the
// signatures, which random bytes do not. Held against what is known of the originals: no file but
// one of them verifies as sealed, and no line counts as signed that is in none of them.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "recorder/recording.h"
#include "recorder/testing/recording_builder.h"
#include "recorder/verify.h"

namespace secure_exec {
namespace {

using Line = std::tuple<int64_t, char, std::string>;

constexpr size_t kSeedSize = 32;

struct Original {
  std::vector<std::string> units;  // Z0 K0, Z1 K1, …, SEEK
  std::string bytes;
  std::vector<size_t> seeds;       // where those of the frames of kind 1 stand in it
  std::vector<std::string> tails;  // of frames 1, 2, … as they were while those were open
  std::set<Line> lines;
};

Original Make(uint8_t number, uint8_t user) {
  RecordingBuilder builder(number);
  builder.user = user;
  Original made;
  const auto line = [&](int64_t t_us, char code, const std::string& json, const std::string& data) {
    made.lines.emplace(t_us, code, data);
    return EventLine(t_us, code, json);
  };
  builder.Header();
  int64_t t_us = 0;
  for (int frame = 0; frame < 4; ++frame) {
    std::vector<std::string> lines;
    for (int i = 0; i <= frame; ++i) {
      const std::string text = fmt::format("{} {} {}", number, frame, i);
      lines.push_back(line(t_us += 1000, "oeim"[i], text, text));
    }
    lines.push_back(line(t_us += 1000, 'O', "/w==", "\xff"));
    made.tails.push_back(builder.Tail(lines, lines.size() - 1));
    builder.Frame(lines);
  }
  line(t_us + 1000, 'x', "0 remote exit", "0 remote exit");
  builder.Seal(t_us + 1000);
  made.units = builder.units;
  for (size_t k = 0; k + 1 < made.units.size(); ++k) {
    made.bytes += made.units[k];
    if (k > 0 && k + 2 < made.units.size()) made.seeds.push_back(made.bytes.size() - kSeedSize);
  }
  made.bytes += made.units.back();
  return made;
}

// Whether these bytes verify as sealed. Without unpacking the frames nothing looks at the seeds of
// their salts (docs/verifying.md).
bool Stands(const Original& original, std::string bytes, bool quick) {
  if (bytes.size() != original.bytes.size()) return false;
  if (quick) {
    for (const size_t at : original.seeds) {
      bytes.replace(at, kSeedSize, original.bytes, at, kSeedSize);
    }
  }
  return bytes == original.bytes;
}

// The second is by the same user, the third has the first one's id and session key, but another
// user's certificate.
const std::vector<Original>& Originals() {
  static const std::vector<Original> originals = {Make(1, 200), Make(2, 200), Make(1, 201)};
  return originals;
}

template <class T>
const T& Pick(FuzzedDataProvider& input, const std::vector<T>& from) {
  return from[input.ConsumeIntegralInRange<size_t>(0, from.size() - 1)];
}

void EditUnits(FuzzedDataProvider& input, std::vector<std::string>& units) {
  if (units.empty()) return;
  const auto any = [&] { return input.ConsumeIntegralInRange<size_t>(0, units.size() - 1); };
  const auto at = units.begin() + static_cast<ptrdiff_t>(any());
  switch (input.ConsumeIntegralInRange(0, 3)) {
    case 0:
      units.erase(at);
      break;
    case 1:
      units.insert(at, units[any()]);
      break;
    case 2:
      std::swap(*at, units[any()]);
      break;
    case 3:
      units.insert(at, Pick(input, Pick(input, Originals()).units));
      break;
  }
}

void EditBytes(FuzzedDataProvider& input, std::string& bytes) {
  const size_t at = input.ConsumeIntegralInRange<size_t>(0, bytes.size());
  const size_t size =
      std::min<size_t>(input.ConsumeIntegralInRange<size_t>(0, 1536), bytes.size() - at);
  switch (input.ConsumeIntegralInRange(0, 6)) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      if (at < bytes.size())
        bytes[at] ^= static_cast<char>(1 << input.ConsumeIntegralInRange(0, 7));
      break;
    case 2:
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at), size, '\0');
      break;
    case 3:
      bytes.erase(at, size);
      break;
    case 4:
      bytes.insert(at, input.ConsumeRandomLengthString(64));
      break;
    case 5: {
      const std::string with = input.ConsumeBytesAsString(std::min<size_t>(size, 64));
      bytes.replace(at, with.size(), with);
      break;
    }
    case 6: {  // a piece of another place, or of another recording
      const std::string& other = Pick(input, Originals()).bytes;
      const size_t from = input.ConsumeIntegralInRange<size_t>(0, other.size());
      bytes.replace(at, size, other.substr(from, size));
      break;
    }
  }
}

void Check(const MemoryRecording& source, const std::string& bytes, bool quick) {
  VerifyOptions options;
  options.quick = quick;
  const auto report = VerifyRecording(source, "fuzz", options);
  if (!report) std::abort();
  const auto& originals = Originals();
  const bool original = std::any_of(originals.begin(), originals.end(),
                                    [&](const Original& of) { return of.bytes == bytes; });
  const bool stands = std::any_of(originals.begin(), originals.end(),
                                  [&](const Original& of) { return Stands(of, bytes, quick); });
  if ((report->verdict == Verdict::kUnknownSigner) != stands) std::abort();
  if (report->verdict == Verdict::kTrusted) std::abort();

  auto opened = std::make_unique<MemoryRecording>(bytes);
  opened->tails = source.tails;
  auto recording = Recording::Open(std::move(opened), "fuzz");
  if (!recording) {
    if (original) std::abort();
    return;
  }
  // The header is the first of the lines that are signed.
  uint64_t left = report->lines > 0 && report->verdict == Verdict::kNoSeal ? report->lines - 1 : 0;
  Event event;
  int64_t last = 0;
  auto next = (*recording)->Next(event);
  for (; next && *next; next = (*recording)->Next(event)) {
    if (event.t_us < last) std::abort();
    last = event.t_us;
    if (left == 0) continue;
    --left;
    const Line line{event.t_us, event.code, event.data};
    if (std::none_of(originals.begin(), originals.end(),
                     [&](const Original& of) { return of.lines.count(line) > 0; })) {
      std::abort();
    }
  }
  if (left > 0 && next) std::abort();  // verify counts more than there is to read
  if (original && (!next || (*recording)->ending() != Recording::Ending::kSealed)) std::abort();
}

}  // namespace
}  // namespace secure_exec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  FuzzedDataProvider input(data, size);
  const Original& original = Pick(input, Originals());
  const bool quick = input.ConsumeBool();
  std::vector<std::string> units = original.units;
  const int moves = input.ConsumeIntegralInRange(0, 4);
  for (int i = 0; i < moves; ++i) EditUnits(input, units);
  std::string bytes;
  for (const std::string& unit : units) bytes += unit;
  const int edits = input.ConsumeIntegralInRange(0, 4);
  for (int i = 0; i < edits; ++i) EditBytes(input, bytes);

  MemoryRecording source(bytes);
  const int tails = input.ConsumeIntegralInRange(0, 2);
  for (int i = 0; i < tails; ++i) {
    std::string tail = Pick(input, Pick(input, Originals()).tails);
    const int changes = input.ConsumeIntegralInRange(0, 2);
    for (int j = 0; j < changes; ++j) EditBytes(input, tail);
    source.tails[input.ConsumeIntegralInRange<uint64_t>(1, 6)] = tail;
  }
  Check(source, bytes, quick);
  return 0;
}
