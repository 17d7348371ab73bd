// keys: the keys that sign this user's recordings, and their public halves for those who verify.
#include <sys/stat.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/vt/safe_text.h"
#include "recorder/store/store.h"
#include "recorder/user_key.h"
#include "replay/command.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

constexpr std::string_view kWords[] = {"list", "export"};
constexpr std::string_view kFormats[] = {"pem", "signers"};
constexpr OptionSpec kOptions[] = {
    {"key", "FILE", "this key, PEM or OpenSSH ssh-ed25519, instead of your own"},
    {"format", "FORMAT", "of export: pem (default), or signers, a line of a signers file",
     kFormats},
    {"principal", "NAME", "who you are, for --format signers (default: $USER)"},
};

Result<std::string> KeyPath(const Arguments& arguments, const World& world) {
  if (arguments.Has("key")) return arguments.Get("key");
  const auto directory = KeyDirectory(world.environment);
  if (!directory) return tl::unexpected(directory.error());
  const std::string path = *directory + "/user-key.pem";
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 && errno == ENOENT) {
    return Fail(ErrorKind::kNotFound, "no key yet: the first session makes {}", path);
  }
  return path;
}

Result<int> List(const std::string& path, const SigningKey& key, World& world) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return FailErrno(ErrorKind::kIo, "reading " + path, errno);
  Table table({"FINGERPRINT", "CREATED", "PATH"});
  table.Add({Fingerprint(key.spki()), FormatWall(info.st_mtim.tv_sec * kSecond), SafeLine(path)});
  world.out.Write(table.Text());
  return 0;
}

// As Signers::Parse wants it: no blanks, no control characters.
bool IsPrincipal(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7F;
  });
}

Result<int> Export(const Arguments& arguments, const SigningKey& key, World& world) {
  const std::string format = arguments.Get("format", "pem");
  if (format == "pem") {
    world.out.Write(key.PublicPem());
    return 0;
  }
  if (format != "signers") {
    return Fail(ErrorKind::kUsage, "--format takes pem or signers, not \"{}\"", format);
  }
  const std::string principal = arguments.Get("principal", world.environment("USER").value_or(""));
  if (!IsPrincipal(principal)) {
    return Fail(ErrorKind::kUsage, "say who you are with --principal NAME, without blanks");
  }
  const Spki spki = key.spki();
  world.out.WriteLine(fmt::format("{} {} - -", Base64Encode(AsView(spki)), principal));
  return 0;
}

Result<int> Run(const Arguments& arguments, World& world) {
  const std::string what = arguments.positional.empty() ? "list" : arguments.positional[0];
  if (what != "list" && what != "export") {
    return Fail(ErrorKind::kUsage, "keys {}: there is keys list and keys export", what);
  }
  const auto path = KeyPath(arguments, world);
  if (!path) return tl::unexpected(path.error());
  const auto key = LoadUserKey(*path);
  if (!key) return tl::unexpected(key.error());
  return what == "list" ? List(*path, *key, world) : Export(arguments, *key, world);
}

}  // namespace

const Command kKeysCommand = {
    .name = "keys",
    .summary = "list the key that signs your recordings, export its public half",
    .synopsis = "[list | export [--format pem|signers]] [--key FILE]",
    .details =
        "Whoever verifies your recordings needs the public half, by a way they trust: a PEM file\n"
        "for --signer, or a line for their signers file.\n",
    .options = kOptions,
    .max_arguments = 1,
    .words = kWords,
    .run = Run,
};

}  // namespace secure_exec
