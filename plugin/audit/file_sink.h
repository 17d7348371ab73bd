// A file of audit events, a line each, that any number of processes append to.
//
// Each event is one write(2) to a file opened with O_APPEND, and the file is opened anew for each:
// lines of several sessions do not mix, and whoever renames it away to rotate it loses nothing. A
// line that went to a file whose last name was removed meanwhile is written again, to the new one.
// The file is made with mode 0600, never through a symbolic link, and is nothing but appended to.
//
// A disk that fills up can cut a line. It is ended then, so that it does not swallow the next.
#pragma once

#include <memory>
#include <string>

#include "base/file_ops.h"
#include "plugin/audit/audit_sink.h"

namespace secure_exec {

class FileSink final : public AuditSink {
 public:
  // `sync`: delivered is what the disk has; else what the kernel has.
  FileSink(std::string path, bool sync, std::unique_ptr<FileOps> files)
      : path_(std::move(path)), sync_(sync), files_(std::move(files)) {}

  Result<void> Deliver(const AuditSession& session, const AuditEvent& event) override;
  std::string name() const override { return path_; }

 private:
  // Success, or an errno; ENOENT: the file lost its name, try again.
  int Append(const std::string& line);
  int Open();
  int Write(int fd, const std::string& line);
  // So that a crash does not take back that the file is there.
  int SyncDirectory();

  const std::string path_;
  const bool sync_;
  const std::unique_ptr<FileOps> files_;
  bool created_ = false;  // and its directory not synced since
  bool torn_ = false;     // a line of ours was cut, and not ended
};

}  // namespace secure_exec
