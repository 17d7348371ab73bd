// An encrypted recording against the signed seal beside it (outer_seal.h): with an identity, what
// verify found inside must be what the seal says; without one, the seal and the file's bytes are
// all there is to compare. docs/format.md section 12, docs/verifying.md.
//
// A seal that is not there, or that a power cut tore, says nothing: whoever can write beside the
// file can leave that. One that is there and contradicts is an alteration, whichever of the two was
// changed.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "recorder/container/byte_source.h"
#include "recorder/outer_seal.h"
#include "recorder/verify.h"

namespace secure_exec {

// The seal beside the encrypted recording at `path`; nullopt where there is none. kFormat, kIo.
Result<std::optional<OuterSeal>> ReadOuterSeal(const std::string& path);

class OuterCheck {
 public:
  // Reads the seal and, where there is one, all of `file`, the encrypted bytes. To be called before
  // anything else is read: once there is a seal the file stays as it is. kIo.
  static Result<OuterCheck> Make(const std::string& path, const ByteSource& file);

  // What verify found with an identity becomes what is true of both.
  void Apply(VerifyReport& report) const;
  // Where no identity opens it: kAltered, or kUnreadable with what the seal tells and `why`.
  VerifyReport Locked(const Signers& signers, const std::string& why) const;

 private:
  std::optional<std::string> ProblemWith(const VerifyReport& report) const;

  std::optional<OuterSeal> seal_;
  std::string torn_;     // a remark on a seal that says nothing
  std::string problem_;  // what contradicts without looking inside
};

}  // namespace secure_exec
