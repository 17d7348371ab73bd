// What `ls` and `info` tell of a recording: who, where, when from its header, and how it ended.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "recorder/recording.h"

namespace secure_exec {

// The data of an exit event: "CODE ORIGIN KIND" of ours, a bare number in foreign casts.
std::optional<Exit> ParseExit(std::string_view data);
// For people: "0", "7", "122 connection-lost (client)".
std::string ExitText(const Exit& exit);

struct Totals {
  uint64_t bytes[kChannels] = {0, 0, 0};     // recorded
  uint64_t digested[kChannels] = {0, 0, 0};  // of which only digests are there
  uint64_t events = 0;
  uint64_t markers = 0;
  uint64_t resizes = 0;
  uint64_t masked = 0;            // lines of input that may be secrets
  uint64_t different_masked = 0;  // of them
  bool input_open = false;        // what was typed last is not known
};

struct Summary {
  std::string path;
  CastHeader header;
  uint64_t size = 0;
  Recording::Ending ending = Recording::Ending::kPlain;
  int64_t duration_us = 0;
  std::optional<Exit> exit;
  std::optional<Totals> totals;
  std::optional<Error> problem;  // reading stopped here: what is above is of what came before
};

// Only what the first and last frame say, where the recording is sealed; reads the others whole.
Result<Summary> Summarize(const std::string& path, const IdentitySource& identities = nullptr);
// Reads it whole, for the totals.
Result<Summary> SummarizeWhole(const std::string& path, const IdentitySource& identities = nullptr);

std::string_view EndingName(Recording::Ending ending);  // sealed, "no seal", recovered, plain
// "alice (ops-admin)": the login and the kubeconfig's user, as far as known.
std::string UserText(const CastHeader& header);
// "context/namespace/pod".
std::string PlaceText(const CastHeader& header);
std::string IdText(const CastHeader& header);       // "-" for foreign casts
std::string CommandText(const CastHeader& header);  // argv joined by spaces

// For --json: the header's fields under the header's own names; with path, size and ending.
nlohmann::ordered_json HeaderJson(const CastHeader& header);
nlohmann::ordered_json SummaryJson(const Summary& summary);
// As text for any terminal: ASCII only.
std::string JsonText(const nlohmann::ordered_json& json);

// Adds a `d` event's bytes to its channel; false if it is malformed.
bool AddDigest(std::string_view data, uint64_t (&bytes)[kChannels]);
// A line on a terminal for each channel of which a `d` event has only the digest.
std::string DigestText(const Event& event);

}  // namespace secure_exec
