// An encrypted recording as if it were in the clear: the plain text of the main file, what the rest
// segments hold of it beyond the last whole chunk, and the tail segments' text (docs/format.md
// section 12). Its readers notice nothing, except that bytes which are not authentic are an error of
// kind kFormat.
//
// A chunk is decrypted when it is asked for. What is torn off at the end (a chunk or a record that
// is not whole, zeros of a power cut) is left out, as in the clear.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/result.h"
#include "recorder/age/keys.h"
#include "recorder/recording_source.h"

namespace secure_exec {

// The identities to try. Called when a file is encrypted and not before: it may ask for a pass
// phrase. kUsage where the user named none.
using IdentitySource = std::function<Result<std::span<const AgeIdentity>>()>;

// Whether the main file begins as an age file does.
Result<bool> IsEncrypted(const RecordingSource& source);

// Opens an encrypted source; `identities` are not kept. kNotFound: it is for none of them. kFormat,
// kIo.
Result<std::unique_ptr<RecordingSource>> Decrypt(std::unique_ptr<RecordingSource> source,
                                                 std::span<const AgeIdentity> identities);

// `source` itself where it is in the clear, or decrypted with what `identities` gives. An error
// says what is needed, behind `path`.
Result<std::unique_ptr<RecordingSource>> DecryptIfNeeded(std::unique_ptr<RecordingSource> source,
                                                         const IdentitySource& identities,
                                                         const std::string& path);

}  // namespace secure_exec
