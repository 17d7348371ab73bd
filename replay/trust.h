// Whom the person at the command line trusts: --signer and --signers.
#pragma once

#include "base/result.h"
#include "recorder/signers.h"
#include "replay/options.h"

namespace secure_exec {

inline constexpr OptionSpec kSignerOption = {
    "signer", "KEY", "a public key to trust, a PEM file or SHA256:...; may be repeated"};
inline constexpr OptionSpec kSignersOption = {
    "signers", "FILE", "keys to trust: lines of key, principal, valid from, valid to"};

// kUsage, kNotFound, kIo.
Result<Signers> ReadTrust(const Arguments& arguments);

}  // namespace secure_exec
