// Audit events: what is told of a session while it begins, runs and ends, to whom it may concern.
// docs/audit-events.md has every field; the names are those of the Elastic Common Schema (ECS)
// 8.11, and secure_exec.* where it has none.
//
// An event is one JSON object on one line, of printable ASCII alone: what is not ASCII is \uXXXX.
// So nothing on its way can cut a character, mistake its encoding, or be steered by a control
// character; and RFC 5424's rule that UTF-8 begins with a byte order mark, which readers of JSON
// stumble over, does not apply. The texts in it are made safe too (SafeLine), for whoever decodes
// them and shows them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recorder/cast/event.h"

namespace secure_exec {

inline constexpr const char* kEcsVersion = "8.11.0";

// Who, where, what: the same in all events of a session. Empty: not known, and left out.
struct AuditSession {
  std::string local_user, local_uid, host;        // who runs the client, and where
  std::string kubeconfig_user, certificate;       // what they show the cluster: stanza, subject
  std::string effective_user, effective_uid;      // whom they impersonate
  std::vector<std::string> effective_groups;      // the first 32 are told
  std::vector<std::string> effective_extra;       // KEY=VALUE, likewise
  std::string context, cluster, server;           // the server without user and password
  std::string name_space, type, name, uid, node;  // of the pod; or of what was named instead
  std::string container, container_id, image;     // the id as Kubernetes has it: containerd://…
  std::vector<std::string> command;
  bool stdin_open = false;
  bool tty = false;
  std::string reason;  // why the session was opened, in the user's words
  std::string rule;    // of the policy, that decided
  struct Recording {
    std::string id, path;
    std::string b0;  // H(body_0) in hex, as in the API server's audit log
    bool encrypted = false;
    bool unrecorded = false;  // --no-record: the id alone is there
  };
  std::optional<Recording> recording;
};

// What became of the processes in the container when we ended the session.
struct AuditLeash {
  std::string mode;                   // hangup, kill or off
  std::string result;                 // one word, or a few
  std::optional<uint64_t> signalled;  // processes
  std::vector<std::string> left;      // what still runs, a line each; the first 32 are told
};

struct AuditEvent {
  enum class Kind {
    kStart,   // the command is about to be asked for: what comes of it the next event tells
    kDenied,  // the session did not come to be
    kNotice,  // something that the user was told, too
    kEnd,
  } kind = Kind::kStart;
  std::string id;         // of this event alone
  uint64_t sequence = 1;  // within the session: a gap is an event that was lost
  int64_t wall_ns = 0;

  std::string notice;  // of kNotice: one word
  std::string text;    // of kNotice: for people; else why it was denied or ended

  // Of kDenied and kEnd.
  std::optional<Exit> exit;
  // Of kEnd.
  int64_t start_wall_ns = 0, duration_ns = 0;
  std::optional<std::array<uint64_t, kChannels>> bytes;
  bool tells_stdin = true;  // the bytes of stdin are among them
  std::string seal;         // H(seal body) in hex
  std::string protocol;     // that was spoken
  std::optional<AuditLeash> leash;
};

// "start", "denied", "notice", "end"
const char* AuditKindName(AuditEvent::Kind kind);
// Whether it tells of something that did not go as it should.
bool IsFailure(const AuditEvent& event);

// RFC 3339 in UTC with milliseconds, as ECS dates are.
std::string AuditTime(int64_t wall_ns);

// Below the least limit not every event fits.
inline constexpr size_t kMinAuditLimit = 1800, kMaxAuditLimit = 64 * 1024;
// The line, without a LF, of at most `limit` bytes. What does not fit is cut, the arguments first,
// then what is longest, and named in secure_exec.truncated.
std::string EncodeAuditEvent(const AuditSession& session, const AuditEvent& event, size_t limit);

}  // namespace secure_exec
