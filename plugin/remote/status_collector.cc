#include "plugin/remote/status_collector.h"

#include "plugin/api/status.h"

namespace secure_exec {

void StatusCollector::Append(std::string_view bytes) {
  if (bytes.size() > kMaxBytes - bytes_.size()) {
    too_long_ = true;
  } else {
    bytes_.append(bytes);
  }
}

Result<void> StatusCollector::Lost(std::string_view why) const {
  if (too_long_) {
    return Fail(ErrorKind::kConnectionLost,
                "error reading from error stream: the server sent more than {} KiB of status",
                kMaxBytes / 1024);
  }
  if (ParseRemoteExit(bytes_)) return {};
  return Fail(ErrorKind::kConnectionLost, "error reading from error stream: {}", why);
}

}  // namespace secure_exec
