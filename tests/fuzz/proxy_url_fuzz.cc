// A cluster's proxy-url: a proxy that can be used, or a refusal that does not show a password.
#include <cstdint>
#include <cstdlib>

#include "plugin/api/proxy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto proxy = secure_exec::ProxyOfCluster(text, "c");
  if (proxy) {
    if (!proxy->used() || proxy->address.empty()) std::abort();
    if (proxy->Shown().find('@') != std::string::npos) std::abort();
  } else if (proxy.error().message.empty()) {
    std::abort();
  }
  // With a user and a password in front of whatever follows, unless that holds the same word.
  if (text.find("s3cret") != std::string::npos) return 0;
  const auto secret = secure_exec::ProxyOfCluster("ftp://u:s3cret@" + text, "c");
  if (secret || secret.error().message.find("s3cret") != std::string::npos) std::abort();
  return 0;
}
