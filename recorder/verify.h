// What a recording is worth: walks it strictly and checks every signature, hash and link.
// docs/format.md section 6. Trust never comes from the key in the file.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "recorder/cast/header.h"
#include "recorder/container/crypto.h"
#include "recorder/encrypted_source.h"
#include "recorder/signers.h"

namespace secure_exec {

class RecordingSource;

// The values are secure-replay verify's exit codes.
enum class Verdict {
  kTrusted = 0,  // sealed, complete, signer trusted
  kNoSeal = 1,   // intact as far as it goes: a crash, still running, or cut; or recovered
  kAltered = 2,
  kUnknownSigner = 3,  // consistent, but nobody vouches for the key
  kUnreadable = 4,     // not a recording, a version we do not know, or no identity opens it
};

struct VerifyOptions {
  Signers signers = {};                 // whom the caller trusts
  IdentitySource identities = nullptr;  // for an encrypted recording
  // Checks signatures, chain, hashes and grammar, but does not unpack frames that a signature
  // covers by hash: their lines' form, times and tree are then the signer's word.
  bool quick = false;
  bool keep_links = false;  // 32 bytes a frame
  // Counts up by the bytes of the main file that are done with, for whoever shows progress.
  std::atomic<uint64_t>* progress = nullptr;
};

struct VerifyReport {
  Verdict verdict = Verdict::kUnreadable;
  std::string summary;  // one line for people, without the path
  std::optional<CastHeader> header;
  std::string signer;     // fingerprint of the user key, when K0 was authentic
  std::string principal;  // whom VerifyOptions says that this is
  bool signer_trusted = false;
  uint64_t frames = 0;                      // zstd frames that were good
  uint64_t lines = 0;                       // lines in them, and in the signed part of the tail
  uint64_t unsigned_lines = 0;              // later ones, that the session did not sign
  int64_t intact_until_wall_ns = 0;         // last good signature's time
  std::optional<uint64_t> altered_frame;    // k of the first bad one
  std::optional<uint64_t> altered_at;       // where it begins in the main file, bytes
  std::optional<std::string> recovered_by;  // fingerprint, when `recover` made the file
  std::vector<std::string> remarks;         // "the file's name is not the id inside", clock steps
  // No identity opened it: what follows is the signed word of the seal beside it, and there is no
  // header.
  bool locked = false;
  // For anchors. The id and H(body_0), once K0 was authentic; H(seal body), where there is a good
  // seal.
  std::optional<Uuid> id;
  std::optional<Hash> genesis_link;
  std::optional<Hash> seal_link;
  std::vector<Hash> links;      // H(body_k) of frame k, with VerifyOptions::keep_links
  int64_t genesis_wall_ns = 0;  // of a locked one: the seal's time less the session's length
};

// Reads the whole file once; an encrypted one is held against the seal beside it too. Fails only
// when the file cannot be opened or read (kNotFound, kIo), or with the error of `identities`.
Result<VerifyReport> VerifyRecording(const std::string& path, const VerifyOptions& options = {});
// The same from elsewhere; `path` is for the remark about its name.
Result<VerifyReport> VerifyRecording(const RecordingSource& source, const std::string& path,
                                     const VerifyOptions& options = {});

}  // namespace secure_exec
