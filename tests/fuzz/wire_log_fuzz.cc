// What a server answers, in the log of -v: it drives no terminal, and a secret is not in it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "plugin/api/wire_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > (1u << 16)) return 0;
  constexpr std::string_view kSecret = "s3cr3t-T0ken";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string written;
  secure_exec::FakeClock clock;
  secure_exec::WireLog log(10, clock, [&](const std::string& entry) { written += entry; });
  log.AddSecret(kSecret);
  const secure_exec::WireExchange exchange(&log, "GET", "/x?" + std::string(text.substr(0, 256)),
                                           {}, text);
  exchange.Answered(text.substr(0, 64), {{std::string(text.substr(0, 32)), std::string(text)}},
                    text);
  for (const char c : written) {
    if (c >= 0 && c < ' ' && c != '\n' && c != '\t') std::abort();
  }
  if (written.find(kSecret) != std::string::npos) std::abort();
  return 0;
}
