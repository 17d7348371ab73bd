// manual DATE DIRECTORY: writes the man pages of both programs there. The build runs it.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "plugin/manual.h"
#include "replay/manual.h"
#include "tools/manual/roff.h"

namespace {

bool Write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) std::fprintf(stderr, "manual: %s cannot be written\n", path.c_str());
  return out.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: manual YYYY-MM-DD DIRECTORY\n", stderr);
    return 2;
  }
  const std::filesystem::path directory = argv[2];
  for (const secure_exec::ManualPage& page :
       {secure_exec::PluginManual(), secure_exec::ReplayManual()}) {
    std::string alias = page.typed;  // "kubectl secure-exec" is kubectl-secure-exec to man
    alias[alias.find(' ')] = '-';
    const std::string text =
        secure_exec::RoffPage(page, argv[1], "kubectl secure-exec " SECURE_EXEC_VERSION);
    if (!Write(directory / (page.name + ".1"), text) ||
        !Write(directory / (alias + ".1"), ".so man1/" + page.name + ".1\n")) {
      return 1;
    }
  }
  return 0;
}
