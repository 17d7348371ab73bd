// Anchors: what a User-Agent says of a recording, so that the API server's audit log holds it and
// nobody who has the file can change it any more (docs/format.md section 11). Each is the hash of
// a signed body of the recording:
//
//   secure-exec/VERSION id=<uuid> b0=<hex>       the exec request: H(body_0), what it begins with
//   secure-exec/VERSION id=<uuid> k=<n>:<hex>    a GET of the pod: H(body_n), what was whole by
//   then secure-exec/VERSION id=<uuid> seal=<hex>     a GET of the pod: H(seal body), the end
//
// The first of them, the exec request, may end in the reason for the session, so that the log has
// it too: reason=<percent-encoded text>, cut at a whole character where it is long.
//
// Words that a reader does not know are ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "recorder/container/crypto.h"

namespace secure_exec {

struct Anchor {
  enum class Kind { kStart, kFrame, kSeal };
  Kind kind = Kind::kStart;
  Uuid id{};
  uint64_t k = 0;  // of kFrame
  Hash link{};     // H(body)
  bool operator==(const Anchor&) const = default;
};

inline constexpr size_t kMaxReasonWord = 1024;

// " reason=…", for the end of a User-Agent; "" of an empty reason.
std::string ReasonWord(std::string_view reason);

// The value of the User-Agent header; `version` is the program's.
std::string AnchorUserAgent(const Anchor& anchor, std::string_view version);
// nullopt where it is none of ours, or not exactly one anchor.
std::optional<Anchor> ParseAnchor(std::string_view user_agent);

}  // namespace secure_exec
