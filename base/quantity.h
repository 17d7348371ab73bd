// Numbers of bytes as Kubernetes writes resource quantities: "0", "1500", "2Ki", "1.5Gi".
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace secure_exec {

// Digits, a fraction of at most 18 digits perhaps, and one of k M G T P E (powers of 1000) or Ki Mi
// Gi Ti Pi Ei (powers of 1024), or none. It must come out as a whole number of bytes that fits 64
// bits. No sign, and neither the exponents (1e3) nor the parts of one (1500m) that quantities of
// other things have. kUsage with the reason alone: "must be …", "is too large".
Result<uint64_t> ParseByteQuantity(std::string_view text);

}  // namespace secure_exec
