#include "recorder/cast/event.h"

#include <fmt/format.h>

namespace secure_exec {

std::string FormatExit(const Exit& exit) {
  return fmt::format("{} {} {}", exit.code, exit.remote ? "remote" : "client", exit.kind);
}

}  // namespace secure_exec
