#include "base/standard_descriptors.h"
#include "plugin/plugin.h"

int main(int argc, char** argv) {
  secure_exec::EnsureStandardDescriptors();
  return secure_exec::RunPlugin({argv + 1, argv + argc}, secure_exec::SystemEnvironment());
}
