// A Kubernetes API server's audit log: lines of JSON, audit.k8s.io/v1 Event. Of it only what an
// auditor of recordings needs is kept: who exec'ed where and when, and the anchors that
// kubectl secure-exec sent in User-Agents (recorder/container/anchor.h).
//
// Read as a stream. Everything in it may be hostile (user agents, URIs and audit ids are the
// client's words): lines are bounded, and what is no event is counted and passed over.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "recorder/container/anchor.h"
#include "recorder/container/byte_source.h"

namespace secure_exec {

struct AuditEvent {
  std::string audit_id;
  int64_t time_ns = 0;  // when the request came, by the API server's clock
  std::string user;     // who asked, as the API server knows them
  std::string as;       // whom they impersonated; empty: nobody
  std::string verb;
  std::string name_space, pod, container, command;  // as the request's URI has them
  bool exec = false;                                // else a request for the pod itself
  std::optional<int> code;                          // HTTP; nullopt: the log does not say
  std::string user_agent;
  std::optional<Anchor> anchor;
  std::optional<Uuid> leash;  // of the session whose leash it is (base/leash_script.h)

  // Nothing says that the server refused it.
  bool ran() const { return !code || *code < 400; }
};

class AuditLog {
 public:
  static constexpr size_t kMaxLine = 4 << 20;
  static constexpr size_t kMaxEvents = 1 << 20;

  // Adds a log; `name` is for messages. kIo, kNotFound, kFormat (more events than can be held).
  Result<void> Read(const std::string& path);
  Result<void> Read(const ByteSource& source, const std::string& name);

  // Execs and anchors, in the log's order; several stages of a request are one event.
  const std::vector<AuditEvent>& events() const { return events_; }
  uint64_t lines() const { return lines_; }
  uint64_t foreign_lines() const { return foreign_lines_; }  // that are no audit events

 private:
  Result<void> Line(std::string_view line, const std::string& name);

  std::vector<AuditEvent> events_;
  std::map<std::string, size_t, std::less<>> by_request_;  // index in events_
  uint64_t lines_ = 0;
  uint64_t foreign_lines_ = 0;
};

}  // namespace secure_exec
