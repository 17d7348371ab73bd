// The header line of a recording: who, where, what. docs/format.md section 2 lists the keys.
// Everything that cannot be added later stands here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "recorder/cast/event.h"

namespace secure_exec {

struct SessionInfo {
  std::string format = "1.0";
  Uuid id{};
  std::string tool;
  int64_t start_wall_ns = 0;
  std::optional<int64_t> clock_offset_ns;  // server's clock minus ours
  // The same start on CLOCK_BOOTTIME, and which boot of which machine that counts from. Absent in
  // older recordings.
  std::optional<int64_t> start_boot_ns;
  std::string boot_id;
  struct User {
    std::string local;  // login name
    uint32_t uid = 0;
    std::string host;         // this machine's name
    std::string kubeconfig;   // name of the user stanza
    std::string certificate;  // subject of the client certificate, "CN=alice,O=dev"
  } user;
  std::string context, cluster, server, name_space, pod, pod_uid;
  std::string container, container_id, node, image, image_id;
  // Fingerprint of the key that certifies the session: signed by the session, so that nobody can
  // put their own certificate in its place. Empty in older recordings.
  std::string user_key;
  std::vector<std::string> recipients;  // age1…: whom it is encrypted for
  std::vector<std::string> command;
  std::string reason;  // why, in the user's words; empty: not said
  // The policy that it was made under: what bound it, and which file said so.
  struct Policy {
    std::string file, sha256;
    std::string rule;  // its name; empty: no rule was about this session
    int64_t line = 0;  // the rule's, in the file
    std::vector<std::pair<std::string, std::string>> settings;  // that the rule made
    bool operator==(const Policy&) const = default;
  };
  std::optional<Policy> policy;  // absent where there is none
  bool stdin_open = false;
  bool tty = false;
  RecordMode record[kChannels] = {RecordMode::kOff, RecordMode::kAll, RecordMode::kAll};
  uint64_t record_limit = 0;
};

struct CastHeader {
  int version = 2;  // 3 in foreign casts
  int width = 80;
  int height = 24;
  int64_t timestamp = 0;  // seconds since 1970; 0 = unknown
  std::string title;
  std::string command;                 // joined, for players
  std::string term;                    // env.TERM
  double idle_time_limit = 0;          // of foreign casts, seconds: play no longer pause; 0: none
  std::optional<SessionInfo> session;  // absent in foreign casts
};

// One line with its LF. Strings that are not UTF-8 have their bad bytes replaced by U+FFFD.
std::string EncodeHeader(const CastHeader& header);
// Accepts v2 and v3 headers by anybody; unknown keys are ignored. `line` without its LF.
Result<CastHeader> ParseHeader(std::string_view line);

}  // namespace secure_exec
