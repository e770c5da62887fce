//===- OnnxRuntimeTest.cpp - What is said where ONNX Runtime is missing ------------------===//

#include "OnnxRuntime.h"

#include <fstream>
#include <gmock/gmock.h>

namespace softdpu::oracle {
namespace {

using testing::HasSubstr;

TEST(OnnxRuntime, NamesTheMissingScript) {
  const auto runtime = OnnxRuntime::start("/nowhere");
  ASSERT_FALSE(runtime);
  EXPECT_THAT(runtime.error().message, HasSubstr("/nowhere/serve.mjs: no such file"));
}

TEST(OnnxRuntime, SaysHowToInstallIt) {
  const std::filesystem::path folder = testing::TempDir() + "/oracle_without_modules";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "serve.mjs") << "// Never run.\n";
  const auto runtime = OnnxRuntime::start(folder);
  ASSERT_FALSE(runtime);
  EXPECT_THAT(runtime.error().message, HasSubstr("ONNX Runtime is not installed; scripts/setup-oracle installs it"));
}

} // namespace
} // namespace softdpu::oracle
