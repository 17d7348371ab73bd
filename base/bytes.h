// Text encodings of bytes: hex, base64 (RFC 4648 with padding), and UUIDs (RFC 9562).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace secure_exec {

std::string HexEncode(std::string_view bytes);                      // lower case
std::optional<std::string> HexDecode(std::string_view text);        // either case

// Appends to `out`; fast enough for bulk (no allocation beyond growing `out`).
void Base64Append(std::string_view bytes, std::string& out);
std::string Base64Encode(std::string_view bytes);
// Appends the decoded bytes; false, with `out` unspecified, unless `text` is canonical padded base64.
bool Base64DecodeAppend(std::string_view text, std::string& out);

using Uuid = std::array<uint8_t, 16>;
std::string FormatUuid(const Uuid& id);                             // lower case, with dashes
std::optional<Uuid> ParseUuid(std::string_view text);
// Version 7: 48 bits of milliseconds since 1970, the rest random from the system.
Uuid MakeUuidV7(int64_t wall_ns);
// The milliseconds in it, in ns. They reach to the year 10889 and ns to 2262: the latest time there
// is for those beyond.
int64_t UuidV7WallNs(const Uuid& id);

}  // namespace secure_exec
