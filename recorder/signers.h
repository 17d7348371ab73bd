// Whose signatures the caller trusts, and for which times. Trust never comes from the key in a
// recording: it comes from here. docs/verifying.md has the signers file's form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "recorder/container/crypto.h"

namespace secure_exec {

struct Signer {
  Hash key{};                       // H(SPKI), which is what a fingerprint shows
  std::string principal;            // who that is; empty if nobody said
  int64_t valid_from_ns = 0;        // wall clock, inclusive
  int64_t valid_to_ns = INT64_MAX;  // exclusive

  bool ValidAt(int64_t wall_ns) const { return wall_ns >= valid_from_ns && wall_ns < valid_to_ns; }
  static Signer Of(const Spki& key);
};

class Signers {
 public:
  // A signers file: lines `KEY PRINCIPAL VALID-FROM VALID-TO`, comments and empty lines. `name` is
  // for messages, which have line and column. kUsage.
  static Result<Signers> Parse(std::string_view text, const std::string& name);

  // These keys, at any time.
  static Signers Of(const std::vector<Spki>& keys);

  void Add(Signer signer) { signers_.push_back(std::move(signer)); }
  bool empty() const { return signers_.empty(); }
  size_t size() const { return signers_.size(); }
  const std::vector<Signer>& all() const { return signers_; }

  // The first entry for the key that is valid at `wall_ns`; else the first for the key; else
  // nullptr.
  const Signer* Find(const Spki& key, int64_t wall_ns) const;

 private:
  std::vector<Signer> signers_;
};

// "SHA256:" and 43 characters of unpadded base64, as Fingerprint writes it; nullopt for all else.
std::optional<Hash> ParseFingerprint(std::string_view text);

}  // namespace secure_exec
