// Makes a whole recording of one that is cut and its tail segments: `Z0 K0 (Zk Kk)*` verbatim, each
// segment's lines with the last signature that the session put under them (kind 3), the lines
// after it under the signature of whoever recovers (kind 4), a marker, and the seek table
// (docs/format.md section 10). What was there is never written to or removed.
//
// It stays a recording without a seal: verify's verdict does not get better by it. Where only the
// seek table was cut off, the table is all that is put back, and the result is the sealed
// recording.
//
// Of an encrypted recording it makes another, for the recipients that the header names, under a new
// file key. That is another file every time, with the same plain text.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "recorder/container/crypto.h"
#include "recorder/encrypted_source.h"

namespace secure_exec {

struct Recovery {
  std::string path;             // of the new recording
  uint64_t signed_lines = 0;    // in frames and under interim signatures
  uint64_t unsigned_lines = 0;  // vouched for by the recoverer alone; without the marker
  bool was_there = false;       // the same from an earlier run: that one stays
  bool sealed = false;          // nothing but the seek table was missing
};

// Recovers the recording at `path` into `output`; an empty `output` is `<id>.recovered.cast.zst`
// beside it, with `.age` if it is encrypted. The same recording and key give the same plain text.
// Refuses (kUsage) what is sealed, altered, without a checkpoint, already recovered, or being
// written, what `identities` do not open, and an `output` that holds anything else (never
// overwritten). kIo, kNotFound, kFormat.
Result<Recovery> RecoverRecording(const std::string& path, const std::string& output,
                                  const SigningKey& key,
                                  const IdentitySource& identities = nullptr);

}  // namespace secure_exec
