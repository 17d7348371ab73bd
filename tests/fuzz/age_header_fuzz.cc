// age's textual forms: the header with its recipients, bech32 keys, armor and identity files. The
// first byte says which; the rest is the text. What is read must come back the same when it is
// written.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "recorder/age/armor.h"
#include "recorder/age/bech32.h"
#include "recorder/age/identity_file.h"

namespace {
using namespace secure_exec;

void Header(std::string_view text) {
  const auto header = ParseAgeHeader(text);
  if (!header) return;
  if (header->size > text.size() || text[header->size - 1] != '\n') std::abort();
  if (header->stanzas.empty() || header->authenticated.size() >= header->size) std::abort();
  AgeIdentity identity = AgeIdentity::FromScalar(Secret<32>::Random([](void* out, size_t size) {
    for (size_t i = 0; i < size; ++i) static_cast<uint8_t*>(out)[i] = 0x42;
  }));
  (void)UnwrapFileKey(*header, std::span(&identity, 1));
  const AgeStanza& first = header->stanzas.front();
  // A work factor that the file chose would be all that this measures.
  const bool costly = first.arguments.size() == 3 && first.arguments[2].size() > 1;
  if (!costly) (void)UnwrapWithPassphrase(*header, "pass phrase");
}

void Key(std::string_view text) {
  if (const auto decoded = Bech32Decode(text)) {
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    if (Bech32Encode(lower.substr(0, lower.rfind('1')), decoded->data.view()) != lower)
      std::abort();
  }
  if (const auto recipient = AgeRecipient::Parse(text)) {
    if (recipient->Text() != text) std::abort();
  }
  if (const auto identity = AgeIdentity::Parse(text)) {
    if (identity->Text().view() != text) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'h':
      Header(text);
      break;
    case 'k':
      Key(text);
      break;
    case 'a':
      (void)DecodeAgeArmor(text);
      break;
    case 'i':
      (void)ParseIdentityFile(
          text, []() -> Result<SecretText> { return Fail(ErrorKind::kUsage, "nobody to ask"); });
      break;
    default:
      break;
  }
  return 0;
}
