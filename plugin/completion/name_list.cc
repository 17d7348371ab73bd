#include "plugin/completion/name_list.h"

#include <algorithm>

#include "base/json.h"
#include "plugin/kubeconfig/access.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxPageBytes = 8 << 20;
constexpr size_t kMaxPageNames = 5000;
constexpr int kLevels = 64;

// What `kubectl get` has behind the name, where it is a text or a number: "1/1 Running 3d".
std::string Description(const Json& cells, const Json& columns, size_t name_at) {
  constexpr std::string_view kWanted[] = {"Ready", "Status", "Age", "Completions", "Type"};
  std::string text;
  for (size_t i = 0; i < cells.size() && i < columns.size(); ++i) {
    const std::string column = JsonText(columns[i], "name");
    if (i == name_at || !cells[i].is_string() ||
        std::find(std::begin(kWanted), std::end(kWanted), column) == std::end(kWanted)) {
      continue;
    }
    text += (text.empty() ? "" : " ") + cells[i].get<std::string>();
  }
  return text;
}

void ReadTable(const Json& json, std::vector<Candidate>& names) {
  const Json& columns = JsonMember(json, "columnDefinitions");
  const Json& rows = JsonMember(json, "rows");
  if (!columns.is_array() || !rows.is_array()) return;
  size_t name_at = 0;
  while (name_at < columns.size() && JsonText(columns[name_at], "name") != "Name") ++name_at;
  for (const Json& row : rows) {
    const Json& cells = JsonMember(row, "cells");
    if (names.size() >= kMaxPageNames || !cells.is_array() || name_at >= cells.size()) continue;
    const Json& name = cells[name_at];
    if (!name.is_string() || !IsObjectName(name.get_ref<const std::string&>())) continue;
    names.push_back({name.get<std::string>(), Description(cells, columns, name_at)});
  }
}

void ReadItems(const Json& items, std::vector<Candidate>& names) {
  for (const Json& item : items) {
    if (names.size() >= kMaxPageNames) return;
    const std::string name = JsonText(JsonMember(item, "metadata"), "name");
    if (IsObjectName(name)) names.push_back({name, JsonText(JsonMember(item, "status"), "phase")});
  }
}

}  // namespace

bool IsObjectName(std::string_view name) {
  const auto is_end = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 253 && is_end(name.front()) && is_end(name.back()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_end(c) || c == '-' || c == '.'; });
}

Result<NamePage> ReadNamePage(std::string_view text) {
  if (text.size() > kMaxPageBytes)
    return Fail(ErrorKind::kServer, "the server's list has {} bytes a page", text.size());
  const Json json = ParseJson(text, kLevels);
  const Json& items = JsonMember(json, "items");
  NamePage page;
  if (JsonText(json, "kind") == "Table") {
    ReadTable(json, page.names);
  } else if (items.is_array()) {
    ReadItems(items, page.names);
  } else {
    return Fail(ErrorKind::kServer, "the server's answer is no list");
  }
  page.next = JsonText(JsonMember(json, "metadata"), "continue");
  if (!PathSegmentProblem(page.next).empty())
    page.next.clear();  // base64 for URLs, where it is honest
  return page;
}

}  // namespace secure_exec
