//===- BenchEngine.cpp - An engine made of a device and the SystemC bench ----------------===//

#include "BenchEngine.h"

#include "Bench.h"
#include "Kernel.h"

#include "softdpu/isa/WeightStream.h"

#include <exception>
#include <utility>

namespace softdpu {
namespace {

class BenchEngine final : public Engine {
public:
  BenchEngine(std::string name, const Arch &arch, const DutFactory &factory) : engineName(std::move(name)), architecture(arch) {
    const Kernel::Scope scope(kernel);
    bench = std::make_unique<Bench>("bench", architecture, factory);
  }

  ~BenchEngine() override {
    const Kernel::Scope scope(kernel);
    bench.reset();
  }

  std::string_view name() const override { return engineName; }
  const Arch &arch() const override { return architecture; }

  Expected<void> loadInstructions(std::span<const uint64_t> newWords) override {
    if (newWords.size() > architecture.instructionMemory)
      return fail("the program has {} instruction words, the instruction memory of {} holds {}", newWords.size(), architecture.name,
                  architecture.instructionMemory);
    words.assign(newWords.begin(), newWords.end());
    const Kernel::Scope scope(kernel);
    try {
      if (Expected<void> loaded = bench->loadInstructions(words); !loaded)
        return fail("{}: {}", engineName, loaded.error().message);
    } catch (const std::exception &error) {
      return fail("{}: {}", engineName, error.what());
    }
    return {};
  }

  Expected<RunResult> run(uint32_t entryPoint, std::span<const Half> netIn, std::span<const std::byte> weights,
                          const RunOptions &options) override {
    if (netIn.size() % architecture.nativeDim != 0)
      return fail("{} NetIn values are not a multiple of the native dimension {}", netIn.size(), architecture.nativeDim);
    if (weights.size() % weightBeatBytes(architecture) != 0)
      return fail("{} bytes of weights are not a multiple of the beat of {} bytes", weights.size(), weightBeatBytes(architecture));
    Expected<DecodedProgram> program = decodeProgram(words, entryPoint, architecture);
    if (!program)
      return tl::unexpected(program.error());
    const Kernel::Scope scope(kernel);
    try {
      Expected<RunResult> result = bench->run(*program, entryPoint, netIn, weights, options);
      if (!result)
        return fail("{}: {}", engineName, result.error().message);
      return result;
    } catch (const std::exception &error) { // sc_report: a fault in a module, reported by the SystemC kernel.
      return fail("{}: {}", engineName, error.what());
    }
  }

private:
  const std::string engineName;
  const Arch architecture;
  Kernel kernel;
  std::unique_ptr<Bench> bench;
  std::vector<uint64_t> words;
};

} // namespace

std::unique_ptr<Engine> makeBenchEngine(std::string name, const Arch &arch, const DutFactory &factory) {
  return std::make_unique<BenchEngine>(std::move(name), arch, factory);
}

} // namespace softdpu
