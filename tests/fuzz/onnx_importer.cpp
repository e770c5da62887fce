//===- onnx_importer.cpp - Fuzz target: any bytes compile, or are refused with a sentence -===//

#include "softdpu/compiler/Compiler.h"

#include <cstdlib>

using namespace softdpu;

/// LLVM's allocators poison their memory in headers, which are instrumented here, and unpoison it in the library, which is not.
extern "C" const char *__asan_default_options() { return "allow_user_poisoning=0"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const CompileOptions options = [] {
    CompileOptions result;
    result.arch = *loadArch("tiny");
    return result;
  }();
  const auto program = compileOnnxBytes({reinterpret_cast<const std::byte *>(data), size}, "fuzz.onnx", options);
  if (!program && program.error().message.empty())
    std::abort();
  return 0;
}
