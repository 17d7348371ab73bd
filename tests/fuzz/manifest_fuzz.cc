// A manifest file, and the selectors of the objects in it: of the file's object and, where the
// bytes are JSON, of the same object as a server would send it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "plugin/target/label_selector.h"
#include "plugin/target/manifest.h"
#include "tests/fuzz/shown.h"

namespace {

using secure_exec::CheckShown;

// A selector must stay within its parameter of the query, and must select something.
void CheckQueryValue(const std::string& selector) {
  if (selector.empty()) std::abort();
  for (const char c : selector) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '%';
    if (!plain) std::abort();
  }
}

void CheckSelectors(const nlohmann::json& object) {
  for (const auto& resource : secure_exec::StandardResources()) {
    const auto selector = SelectorOf(object, resource);
    if (selector) {
      CheckQueryValue(*selector);
    } else {
      CheckShown(selector.error().message);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto objects = secure_exec::ParseManifest(text, "f.yaml");
  if (!objects) {
    CheckShown(objects.error().message);
    if (objects.error().message.find("f.yaml") == std::string::npos) std::abort();
  } else {
    for (const auto& object : *objects) {
      if (object.api_version.empty() || object.kind.empty()) std::abort();
      CheckSelectors(nlohmann::json::parse(object.spec_json));
    }
  }
  const auto sent = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!sent.is_discarded()) CheckSelectors(sent);
  return 0;
}
