//===- Bpc.cpp - softdpu bpc: what a format costs a language model -----------------------===//

#include "Commands.h"
#include "Inputs.h"
#include "Models.h"
#include "Progress.h"
#include "Text.h"
#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <array>
#include <cmath>
#include <optional>

namespace softdpu::tools {
namespace {

struct Settings {
  std::string model, text, engine = "functional";
  std::vector<std::string> formats{"msfp16", "msfp13", "msfp11"};
  std::optional<uint64_t> bytes;
  CompileSettings compile;
};

/// Characters per run; the state goes from one run to the next.
constexpr size_t window = 1024;

/// The tokens of `text`, after the model's metadata: "vocab" is a JSON list, whose element i is the byte that token i stands for.
Expected<std::vector<int64_t>> tokenise(std::span<const std::byte> text, const Program &program) {
  const auto found = program.metadata.find("vocab");
  if (found == program.metadata.end())
    return fail("the model's metadata has no \"vocab\"; it must be a JSON list with the byte of each token");
  const auto vocab = Json::parse(found->second, nullptr, false);
  std::array<int64_t, 256> tokenOf;
  tokenOf.fill(-1);
  bool valid = vocab.is_array();
  for (size_t i = 0; valid && i < vocab.size(); ++i) {
    valid = vocab[i].is_number_integer() && vocab[i] >= 0 && vocab[i] < 256;
    if (valid)
      tokenOf[vocab[i].get<size_t>()] = int64_t(i);
  }
  if (!valid)
    return fail("the model's metadata \"vocab\" is no JSON list of bytes");
  std::vector<int64_t> tokens;
  for (size_t i = 0; i < text.size(); ++i) {
    tokens.push_back(tokenOf[size_t(text[i])]);
    if (tokens.back() < 0)
      return fail("the text's byte {} is {}, which is not in the model's vocabulary", i, unsigned(text[i]));
  }
  return tokens;
}

/// Which input takes over which output's state: "h0" from "hn".
Expected<std::map<std::string, std::string>> stateLinks(const Program &program) {
  std::map<std::string, std::string> links;
  for (const Port &input : program.inputs) {
    if (input.name == "tokens")
      continue;
    const std::string output = input.name.ends_with('0') ? input.name.substr(0, input.name.size() - 1) + "n" : "";
    const auto found = std::ranges::find(program.outputs, output, &Port::name);
    if (found == program.outputs.end() || found->shape != input.shape || found->type != input.type)
      return fail("input \"{}\" is no state: a state X0 comes back as an output Xn of the same shape", input.name);
    links[input.name] = output;
  }
  return links;
}

/// -log2 of the probability that logits give to `target`.
double bits(std::span<const float> logits, int64_t target) {
  const double maximum = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float x : logits)
    sum += std::exp(double(x) - maximum);
  return (std::log(sum) - (double(logits[size_t(target)]) - maximum)) / std::log(2.0);
}

/// Mean of -log2 p over all characters but the first, each predicted from those before it.
Expected<double> bitsPerCharacter(Session &session, const std::vector<int64_t> &tokens, const std::string &label, Progress &progress) {
  const auto links = stateLinks(session.program());
  if (!links)
    return tl::unexpected(links.error());
  Tensors inputs;
  const size_t predictions = tokens.size() - 1;
  double sum = 0;
  for (size_t begin = 0; begin < predictions; begin += window) {
    progress.count(label, begin, predictions);
    const size_t count = std::min(window, predictions - begin);
    inputs["tokens"] = tensorOf<int64_t>({int64_t(count), 1}, std::span(tokens).subspan(begin, count));
    if (begin == 0) {
      auto zeros = makeInputs(session.program(), {.files = {}, .dimensions = {}, .steps = count, .seed = 1, .missing = Missing::Zero});
      if (!zeros)
        return tl::unexpected(zeros.error());
      for (const auto &[input, output] : *links)
        inputs[input] = std::move(zeros->at(input));
    }
    auto outputs = session.run(inputs);
    if (!outputs)
      return tl::unexpected(outputs.error());
    const auto logits = outputs->find("logits");
    if (logits == outputs->end() || logits->second.type != ElementType::Float32 || elements(logits->second) % count != 0)
      return fail("the model has no float32 output \"logits\" of shape [T, 1, vocabulary]");
    const auto values = softdpu::values<float>(logits->second);
    const size_t vocabulary = values.size() / count;
    for (size_t t = 0; t < count; ++t) {
      if (tokens[begin + t + 1] >= int64_t(vocabulary))
        return fail("output \"logits\" has {} values for a character, the vocabulary is larger", vocabulary);
      sum += bits(values.subspan(t * vocabulary, vocabulary), tokens[begin + t + 1]);
    }
    for (const auto &[input, output] : *links)
      inputs[input] = std::move(outputs->at(output));
  }
  return sum / double(predictions);
}

Expected<double> measure(Expected<Program> program, EngineKind kind, std::span<const std::byte> text, const std::string &label,
                         Progress &progress) {
  if (!program)
    return tl::unexpected(program.error());
  const auto tokens = tokenise(text, *program);
  if (!tokens)
    return tl::unexpected(tokens.error());
  auto device = Device::create(kind, program->arch);
  if (!device)
    return tl::unexpected(device.error());
  auto session = Session::create(std::move(*program), std::move(*device));
  if (!session)
    return tl::unexpected(session.error());
  return bitsPerCharacter(*session, *tokens, label, progress);
}

Expected<Outcome> bpc(const Settings &settings) {
  const auto kind = parseEngineName(settings.engine);
  if (!kind)
    return tl::unexpected(kind.error());
  auto text = readFile(settings.text);
  if (!text)
    return tl::unexpected(text.error());
  if (settings.bytes && *settings.bytes < text->size())
    text->resize(*settings.bytes);
  if (text->size() < 2)
    return fail("{}: {} bytes; at least 2 are needed", settings.text, text->size());

  Progress progress;
  const auto reference = measure(compileReference(settings.model, settings.compile), EngineKind::Cpu, *text, "float32", progress);
  if (!reference)
    return tl::unexpected(reference.error());
  Outcome outcome;
  outcome.json = {{"model", settings.model},        {"arch", settings.compile.arch}, {"engine", settings.engine},
                  {"characters", text->size() - 1}, {"float32", *reference},         {"formats", Json::object()}};
  Table table({"format", ">bits per character", ">loss"});
  table.add({"float32", fmt::format("{:.4f}", *reference), ""});
  for (const std::string &format : settings.formats) {
    progress.stage(format);
    CompileSettings compile = settings.compile;
    compile.format = format;
    const auto value = measure(compileModel(settings.model, compile), *kind, *text, format, progress);
    if (!value)
      return tl::unexpected(value.error());
    outcome.json["formats"][format] = *value;
    table.add({format, fmt::format("{:.4f}", *value), fmt::format("{:+.2f} %", 100 * (*value / *reference - 1))});
  }
  outcome.text = fmt::format("{}: {} of {}, {} engine\n\n{}", settings.model, counted(text->size() - 1, "character"), settings.text,
                             settings.engine, table.str());
  return outcome;
}

} // namespace

void addBpc(CommandLine &line) {
  const auto settings = std::make_shared<Settings>();
  CLI::App *app = line.add("bpc", "Measure a character model's bits per character in float32 and in DPU formats",
                           "softdpu bpc charlm_gru.onnx --text heldout.txt --arch edge --formats msfp16,msfp13,msfp11",
                           [settings] { return bpc(*settings); });
  app->add_option("MODEL", settings->model, "An .onnx file with input tokens, output logits, states X0 and Xn, metadata vocab")->required();
  app->add_option("--text", settings->text, "The text to predict")->required();
  app->add_option("--arch", settings->compile.arch, "Architecture: a name (softdpu arch lists them) or a .toml file")
      ->capture_default_str();
  app->add_option("--formats", settings->formats, "Block formats, separated by commas")->delimiter(',')->capture_default_str();
  app->add_option("--bytes", settings->bytes, "Use only the beginning of the text")->check(CLI::PositiveNumber);
  app->add_option("--engine", settings->engine, "functional, systemc or rtl")->capture_default_str();
}

} // namespace softdpu::tools
