// A signers file: any bytes. What is accepted must be of the form: an entry for each line that is
// no comment, each with a principal and a span of time.
#include <cstdint>
#include <cstdlib>

#include "recorder/signers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto signers = Signers::Parse(text, "fuzz");
  if (!signers) {
    if (!signers.error().message.starts_with("fuzz:")) std::abort();
    return 0;
  }
  for (const Signer& signer : signers->all()) {
    if (signer.principal.empty() || signer.valid_from_ns >= signer.valid_to_ns) std::abort();
  }
  return 0;
}
