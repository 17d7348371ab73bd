// What a recording is worth: walks it strictly and checks every signature, hash and link.
// docs/format.md section 6. Trust never comes from the key in the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "recorder/cast/header.h"
#include "recorder/container/crypto.h"

namespace secure_exec {

class RecordingSource;

// The values are secure-replay verify's exit codes.
enum class Verdict {
  kTrusted = 0,  // sealed, complete, signer trusted
  kNoSeal = 1,   // intact as far as it goes: a crash, still running, or cut
  kAltered = 2,
  kUnknownSigner = 3,  // consistent, but nobody vouches for the key
  kUnreadable = 4,     // not a recording, or a version we do not know
};

struct VerifyReport {
  Verdict verdict = Verdict::kUnreadable;
  std::string summary;  // one line for people, without the path
  std::optional<CastHeader> header;
  std::string signer;                     // fingerprint of the user key, when K0 was authentic
  uint64_t frames = 0;                    // zstd frames that were good
  uint64_t lines = 0;                     // lines in them, and in the signed part of the tail
  int64_t intact_until_wall_ns = 0;       // last good signature's time
  std::optional<uint64_t> altered_frame;  // k of the first bad one
  std::vector<std::string> remarks;       // "the file's name is not the id inside", clock steps
};

// Reads the whole file once. `trusted`: keys the caller vouches for. Fails only when the file
// cannot be opened or read (kNotFound, kIo).
Result<VerifyReport> VerifyRecording(const std::string& path, const std::vector<Spki>& trusted);
// The same from elsewhere; `path` is for the remark about its name.
Result<VerifyReport> VerifyRecording(const RecordingSource& source, const std::string& path,
                                     const std::vector<Spki>& trusted);

}  // namespace secure_exec
