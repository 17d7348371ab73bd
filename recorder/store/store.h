// Where recordings live: STORE/<context>/<namespace>/<pod>/<id>.cast.zst (encrypted:
// .cast.zst.age), where STORE is
// $SECURE_EXEC_STORE or $XDG_DATA_HOME/secure-exec/recordings (~/.local/share by default).
// Directories 0700, files 0600, whatever the umask. Names from the cluster or a kubeconfig are made
// safe as file names and cannot leave the store.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/environment.h"
#include "base/file_ops.h"
#include "base/result.h"

namespace secure_exec {

// The store's root. Fails (kRecording) where neither variable nor HOME is set, or it is not
// absolute.
Result<std::string> StoreRoot(const Environment& environment);
// Where the user key lives: $XDG_DATA_HOME/secure-exec.
Result<std::string> KeyDirectory(const Environment& environment);

// `name` as one file name: bytes outside [A-Za-z0-9._@-] become %XX, as does a leading dot; at
// most 200 bytes (longer ones are cut and end in a hash); empty becomes "%". Two names never
// become the same.
std::string SafeName(std::string_view name);

// STORE/context/namespace/pod, whether it exists or not.
std::string RecordingDirectory(const std::string& root, std::string_view context,
                               std::string_view name_space, std::string_view pod);

// RecordingDirectory(), made with mode 0700. kRecording, naming the path that failed.
// Components below `root` that are symlinks are refused.
Result<std::string> MakeRecordingDirectory(const std::string& root, std::string_view context,
                                           std::string_view name_space, std::string_view pod,
                                           FileOps& files);

struct StoredRecording {
  std::string path;
  Uuid id{};
  bool has_tail = false;  // segments beside it: cut, or still being written
  // What `recover` made of a recording that is still there: an id means that one.
  bool beside_original = false;
  bool encrypted = false;  // as its name says
};
// All recordings below `root`, oldest first (UUIDv7 order). A missing root is an empty store.
Result<std::vector<StoredRecording>> ListRecordings(const std::string& root);

// `name`: a path (has a '/' or names an existing file), "last", an id, or a unique prefix of one
// (at least 4 characters; ids made in the same minute share their first 8). kNotFound, or kUsage
// naming the candidates when it is ambiguous.
Result<std::string> ResolveRecording(const std::string& root, std::string_view name);

}  // namespace secure_exec
