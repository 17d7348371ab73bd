#include "plugin/run.h"

int main(int argc, char** argv) {
  return secure_exec::RunPlugin({argv + 1, argv + argc}, secure_exec::SystemEnvironment());
}
