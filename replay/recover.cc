// recover: a whole recording of one that is cut, beside it.
#include "recorder/recover.h"

#include "base/vt/safe_text.h"
#include "recorder/store/lock.h"
#include "recorder/store/store.h"
#include "recorder/user_key.h"
#include "replay/command.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    {"output", "FILE", "the new recording (default: ID.recovered.cast.zst beside the old)"},
    {"key", "FILE", "the key to sign with, PEM or OpenSSH ssh-ed25519 (default: your own)"},
};

Result<SigningKey> KeyOf(const Arguments& arguments, const World& world) {
  if (arguments.Has("key")) return LoadUserKey(arguments.Get("key"));
  const auto directory = KeyDirectory(world.environment);
  if (!directory) return tl::unexpected(directory.error());
  return LoadOrCreateUserKey(*directory);
}

Result<int> Run(const Arguments& arguments, World& world) {
  const auto path = FindRecording(arguments, world, arguments.positional[0]);
  if (!path) return tl::unexpected(path.error());
  if (IsBeingWritten(*path)) {
    return Fail(ErrorKind::kUsage, "{} is being written: its session is not over", *path);
  }
  const auto key = KeyOf(arguments, world);
  if (!key) return tl::unexpected(key.error());
  const auto recovery = RecoverRecording(*path, arguments.Get("output"), *key, world.identities);
  if (!recovery) return tl::unexpected(recovery.error());
  world.out.WriteLine(world.out.is_terminal() ? SafeLine(recovery->path) : recovery->path);
  if (recovery->was_there) {
    SayNote(world, "it was there already, the same");
  } else if (recovery->sealed) {
    SayNote(world, "the seal was there: only the table behind it was missing");
  } else {
    SayNote(world, fmt::format("{} lines signed by the session, {} more vouched for by {}",
                               recovery->signed_lines, recovery->unsigned_lines,
                               Fingerprint(key->spki())));
  }
  return 0;
}

}  // namespace

const Command kRecoverCommand = {
    .name = "recover",
    .summary = "make a whole recording of one that is cut, beside it",
    .synopsis = "REC [--output FILE] [--key FILE]",
    .details =
        "What a crash left, a recording without its end and the tail segments beside it, becomes\n"
        "one file that every command and every asciicast player reads. It says that it was\n"
        "recovered: verify goes on calling it a recording without a seal. The old files stay as\n"
        "they are. The same recording and key give the same bytes. Of an encrypted one, which "
        "needs\n"
        "an identity, it makes another for the same recipients, ID.recovered.cast.zst.age.\n",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = 1,
    .first_recording = 0,
    .last_recording = 0,
    .run = Run,
};

}  // namespace secure_exec
