#include <algorithm>
#include <string>
#include <string_view>

#include "plugin/remote/remote_command.h"

namespace secure_exec {
namespace {

bool IsUnreserved(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.' || byte == '~';
}

// As Go's url.QueryEscape and url.PathEscape do, which differ in the space alone for what may
// stand in names.
void AppendEscaped(std::string_view text, std::string_view space, std::string& out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (IsUnreserved(byte)) {
      out += character;
    } else if (character == ' ') {
      out += space;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

}  // namespace

std::string ExecPath(const ExecRequest& request) {
  std::string path = "/api/v1/namespaces/";
  AppendEscaped(request.name_space, "%20", path);
  path += "/pods/";
  AppendEscaped(request.pod, "%20", path);
  path += "/exec";
  char separator = '?';
  auto add = [&](std::string_view key, std::string_view value) {
    path += separator;
    separator = '&';
    path += key;
    path += '=';
    AppendEscaped(value, "+", path);
  };
  for (const std::string& argument : request.command) add("command", argument);
  if (!request.container.empty()) add("container", request.container);
  if (request.stderr_open) add("stderr", "true");
  if (request.stdin_open) add("stdin", "true");
  if (request.stdout_open) add("stdout", "true");
  if (request.tty) add("tty", "true");
  return path;
}

}  // namespace secure_exec
