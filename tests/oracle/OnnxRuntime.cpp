//===- OnnxRuntime.cpp - ONNX Runtime in a process of its own ----------------------------===//

#include "OnnxRuntime.h"

#include "softdpu/host_runtime/Tensors.h"

#include <cerrno>
#include <cstring>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace softdpu::oracle {
namespace {

constexpr const char *remedy = "scripts/setup-oracle installs it";

Expected<ElementType> typeNamed(const std::string &name) {
  for (const ElementType type : {ElementType::Float32, ElementType::Int32, ElementType::Int64})
    if (name == elementTypeName(type))
      return type;
  return fail("ONNX Runtime: an output of type {}; expected float32, int32 or int64", name);
}

} // namespace

Expected<OnnxRuntime> OnnxRuntime::start(const std::filesystem::path &folder) {
  const std::string script = folder / "serve.mjs";
  if (!std::filesystem::exists(script))
    return fail("{}: no such file; --oracle must name the folder tests/oracle", script);
  if (!std::filesystem::exists(folder / "node_modules" / "onnxruntime-node"))
    return fail("{}: ONNX Runtime is not installed; {}", (folder / "node_modules").string(), remedy);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail("socketpair: {}", std::strerror(errno));

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string node = "node", argument = script;
  char *const arguments[] = {node.data(), argument.data(), nullptr};
  pid_t process = 0;
  const int error = posix_spawnp(&process, "node", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return fail("node: {}; {}", std::strerror(error), remedy);
  }
  OnnxRuntime result(process, ends[0]);
  const auto header = result.receiveHeader();
  if (!header)
    return fail("{}: {}; {}", script, header.error().message, remedy);
  result.runtimeVersion = header->value("version", "");
  return result;
}

OnnxRuntime::OnnxRuntime(OnnxRuntime &&other) noexcept
    : process(other.process), socket(std::exchange(other.socket, -1)), runtimeVersion(std::move(other.runtimeVersion)) {}

OnnxRuntime::~OnnxRuntime() {
  if (socket < 0)
    return;
  close(socket); // The process ends at the end of its stdin.
  waitpid(process, nullptr, 0);
}

Expected<Tensors> OnnxRuntime::run(std::span<const std::byte> model, const Tensors &inputs) {
  nlohmann::json header{{"model", model.size()}, {"inputs", nlohmann::json::array()}};
  for (const auto &[name, tensor] : inputs)
    header["inputs"].push_back(
        {{"name", name}, {"type", elementTypeName(tensor.type)}, {"dims", tensor.shape}, {"bytes", tensor.data.size()}});
  const std::string text = header.dump();
  const auto length = uint32_t(text.size());
  std::vector<std::byte> message;
  const auto append = [&](std::span<const std::byte> bytes) { message.insert(message.end(), bytes.begin(), bytes.end()); };
  append(std::as_bytes(std::span(&length, 1)));
  append(std::as_bytes(std::span(text)));
  append(model);
  for (const auto &[name, tensor] : inputs)
    append(tensor.data);
  if (const auto sent = send(message); !sent)
    return tl::unexpected(sent.error());

  const auto answer = receiveHeader();
  if (!answer)
    return tl::unexpected(answer.error());
  if (answer->contains("error"))
    return fail("ONNX Runtime: {}", answer->at("error").get<std::string>());
  Tensors outputs;
  for (const auto &each : answer->at("outputs")) {
    const auto type = typeNamed(each.at("type").get<std::string>());
    if (!type)
      return tl::unexpected(type.error());
    Tensor tensor{*type, each.at("dims").get<std::vector<int64_t>>(), std::vector<std::byte>(each.at("bytes").get<size_t>())};
    if (const auto received = receive(tensor.data); !received)
      return tl::unexpected(received.error());
    outputs[each.at("name").get<std::string>()] = std::move(tensor);
  }
  return outputs;
}

Expected<void> OnnxRuntime::send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fail("the process of ONNX Runtime takes nothing: {}", std::strerror(errno));
    bytes = bytes.subspan(size_t(count));
  }
  return {};
}

Expected<void> OnnxRuntime::receive(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return fail("the process of ONNX Runtime ended{}{}", count < 0 ? ": " : "", count < 0 ? std::strerror(errno) : "");
    bytes = bytes.subspan(size_t(count));
  }
  return {};
}

Expected<nlohmann::json> OnnxRuntime::receiveHeader() {
  uint32_t length = 0;
  if (const auto received = receive(std::as_writable_bytes(std::span(&length, 1))); !received)
    return tl::unexpected(received.error());
  std::string text(length, ' ');
  if (const auto received = receive(std::as_writable_bytes(std::span(text))); !received)
    return tl::unexpected(received.error());
  return nlohmann::json::parse(text);
}

} // namespace softdpu::oracle
