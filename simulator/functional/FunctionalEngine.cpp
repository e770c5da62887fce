//===- FunctionalEngine.cpp - The golden engine ------------------------------------------===//

#include "Interpreter.h"

#include <map>

namespace softdpu {
namespace {

class FunctionalEngine final : public Engine {
public:
  explicit FunctionalEngine(const Arch &arch) : device(arch), interpreter(arch) {}

  std::string_view name() const override { return "functional"; }
  const Arch &arch() const override { return device; }

  Expected<void> loadInstructions(std::span<const uint64_t> newWords) override {
    if (newWords.size() > device.instructionMemory)
      return fail("the program has {} instruction words, the instruction memory of {} holds {}", newWords.size(), device.name,
                  device.instructionMemory);
    words.assign(newWords.begin(), newWords.end());
    decoded.clear();
    return {};
  }

  Expected<RunResult> run(uint32_t entryPoint, std::span<const Half> netIn, std::span<const std::byte> weights,
                          const RunOptions &options) override {
    auto found = decoded.find(entryPoint);
    if (found == decoded.end()) {
      auto program = decodeProgram(words, entryPoint, device);
      if (!program)
        return tl::unexpected(program.error());
      found = decoded.emplace(entryPoint, std::move(*program)).first;
    }
    return interpreter.run(found->second, netIn, weights, options);
  }

private:
  Arch device;
  functional::Interpreter interpreter;
  std::vector<uint64_t> words;
  std::map<uint32_t, DecodedProgram> decoded; ///< By entry point.
};

} // namespace

std::unique_ptr<Engine> createFunctionalEngine(const Arch &arch) { return std::make_unique<FunctionalEngine>(arch); }

} // namespace softdpu
