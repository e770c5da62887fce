//===- OnnxRuntime.h - ONNX Runtime in a process of its own ------------------------------===//
//
// Node.js runs serve.mjs, which answers one request after another; npm's package of ONNX Runtime has no C headers. Its answers depend on
// nothing of this project.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/host_runtime/Session.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sys/types.h>

namespace softdpu::oracle {

class OnnxRuntime {
public:
  /// Starts the process. \param folder holds serve.mjs and node_modules (scripts/setup-oracle).
  /// \returns an error that says what to install if it does not come up.
  static Expected<OnnxRuntime> start(const std::filesystem::path &folder);
  OnnxRuntime(OnnxRuntime &&other) noexcept;
  OnnxRuntime &operator=(OnnxRuntime &&) = delete;
  /// Ends the process.
  ~OnnxRuntime();

  /// Of ONNX Runtime: "1.30.0".
  const std::string &version() const { return runtimeVersion; }

  /// Runs a model once. \param model a serialised ModelProto. \param inputs float32, int32 or int64.
  /// \returns its outputs; or what ONNX Runtime says against the model.
  Expected<Tensors> run(std::span<const std::byte> model, const Tensors &inputs);

private:
  OnnxRuntime(pid_t process, int socket) : process(process), socket(socket) {}

  Expected<void> send(std::span<const std::byte> bytes);
  Expected<void> receive(std::span<std::byte> bytes);
  Expected<nlohmann::json> receiveHeader();

  pid_t process;
  int socket; ///< stdin and stdout of the process; -1: moved away.
  std::string runtimeVersion;
};

} // namespace softdpu::oracle
