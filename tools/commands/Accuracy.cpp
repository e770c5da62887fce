//===- Accuracy.cpp - softdpu accuracy: what each format costs a model -------------------===//

#include "Commands.h"
#include "Text.h"
#include "accuracy/FormatPlot.h"
#include "accuracy/Measurement.h"
#include "accuracy/Suggestion.h"
#include "softdpu/host_runtime/TensorFile.h"

#include <cmath>

namespace softdpu::tools {
namespace {

struct Settings {
  AccuracySettings accuracy;
  std::string data, labels, loss, plot, engine = "functional";
  std::vector<std::string> formats;
  bool mixed = false;
};

/// The formats to try, from wide to narrow: those asked for, or all of the architecture.
Expected<std::vector<std::string>> formatsOf(const std::vector<std::string> &asked, const Arch &arch) {
  constexpr unsigned leastMantissaBits = 2;
  std::vector<std::pair<unsigned, std::string>> formats;
  for (const std::string &name : asked) {
    const auto format = parseFormat(name, arch.nativeDim);
    if (!format)
      return tl::unexpected(format.error());
    if (!std::ranges::count(formats, name, &std::pair<unsigned, std::string>::second))
      formats.emplace_back(format->mantissaBits, name);
  }
  if (formats.empty())
    for (unsigned bits = arch.mantissaBits; bits >= leastMantissaBits; --bits)
      formats.emplace_back(bits, formatName({.mantissaBits = bits, .box = arch.box}));
  std::ranges::stable_sort(formats, std::greater(), &std::pair<unsigned, std::string>::first);
  std::vector<std::string> names;
  for (auto &[bits, name] : formats)
    names.push_back(std::move(name));
  return names;
}

Json numberOrNull(double value) { return std::isfinite(value) ? Json(value) : Json(); }
template <typename T> Json orNull(const std::optional<T> &value) { return value ? Json(*value) : Json(); }
std::string decibels(double value) { return std::isfinite(value) ? fmt::format("{:.1f}", value) : "exact"; }
std::string percent(double ratio) { return fmt::format("{:+.2f} %", 100 * ratio); }

/// "--format msfp13 --format NODE=msfp12 ..."
std::string compileFlags(const Assignment &assignment, const std::vector<Layer> &layers) {
  std::string flags = "--format " + assignment.format;
  for (size_t i = 0; i < assignment.layers.size(); ++i)
    if (assignment.layers[i] != assignment.format)
      flags += fmt::format(" --format '{}={}'", layers[i].node, assignment.layers[i]);
  return flags;
}

class Report {
public:
  Report(const Settings &settings, const Bench &bench, const std::vector<std::string> &formats, std::vector<Measured> uniform)
      : settings(settings), bench(bench), formats(formats), uniform(std::move(uniform)) {}

  std::optional<double> limit; ///< Of the metric, if a loss is stated.
  std::optional<size_t> suggested;
  std::optional<Measured> mixed; ///< Whether or not it pays.

  bool mixedPays() const { return mixed && suggested && mixed->totalWeightBytes() < uniform[*suggested].totalWeightBytes(); }

  Json json() const {
    Json json{{"model", settings.accuracy.model},
              {"arch", settings.accuracy.compile.arch},
              {"engine", settings.engine},
              {"samples", bench.samples()}};
    json["metric"] = bench.task() ? Json(bench.task()->metric()) : Json();
    json["labels"] = bench.task() ? Json(bench.reference().labels()) : Json();
    json["float32"] = Json::object();
    if (bench.task())
      json["float32"] = {{"loss", bench.reference().loss()}, {"accuracy", orNull(bench.reference().accuracy())}};
    json["formats"] = Json::array();
    for (const Measured &each : uniform)
      json["formats"].push_back(jsonOf(each));
    json["allowed_loss"] = orNull(limit);
    json["suggested"] = suggested ? Json(uniform[*suggested].assignment.format) : Json();
    json["mixed"] = mixed ? jsonOf(*mixed) : Json();
    json["mixed_pays"] = mixed ? Json(mixedPays()) : Json();
    return json;
  }

  std::string text() const {
    std::string text =
        fmt::format("{} on {}: {}", settings.accuracy.model, settings.accuracy.compile.arch, counted(bench.samples(), "sample"));
    if (bench.task())
      text += fmt::format(", {} of output \"{}\"", counted(bench.reference().labels(), "label"), bench.task()->output);
    text += fmt::format("; {} engine\n\nsignal-to-noise ratio against float32 (dB)\n", settings.engine);
    text += layerTable([](const LayerError &error) { return decibels(error.decibels()); });
    text += "\nlargest absolute error\n" + layerTable([](const LayerError &error) { return fmt::format("{:.3g}", error.worst); });
    text += "\n" + formatTable() + programNote();
    return text + suggestionText();
  }

  std::string plot() const {
    const bool labelled = bench.task().has_value();
    const auto point = [&](const Measured &each, std::string name, bool marked) {
      double value = labelled ? *each.loss : each.layers.back().decibels();
      constexpr double mostDecibels = 150; // Of float32's own rounding.
      if (!std::isfinite(value))
        value = mostDecibels;
      return FormatPoint{.name = std::move(name), .bytes = double(each.totalWeightBytes()), .value = value, .suggested = marked};
    };
    std::vector<FormatPoint> points;
    for (size_t i = 0; i < uniform.size(); ++i)
      points.push_back(point(uniform[i], uniform[i].assignment.format, suggested == i));
    std::optional<FormatPoint> mixture;
    if (mixed && !mixed->assignment.layers.empty())
      mixture = point(*mixed, "mixed", false);
    return formatPlotSvg(points, mixture, settings.accuracy.model,
                         labelled ? bench.task()->metric() : fmt::format("SNR of {} (dB)", bench.layers().back().node),
                         labelled ? std::optional(bench.reference().loss()) : std::nullopt, limit);
  }

private:
  const Settings &settings;
  const Bench &bench;
  const std::vector<std::string> &formats;
  std::vector<Measured> uniform; ///< All layers alike; in the order of `formats`.

  double microseconds(uint64_t cycles) const { return double(cycles) / bench.clockMhz(); }

  Json jsonOf(const Measured &measured) const {
    Json layers = Json::array();
    for (size_t i = 0; i < measured.layers.size(); ++i) {
      const LayerError &error = measured.layers[i];
      layers.push_back({{"node", bench.layers()[i].node},
                        {"op", bench.layers()[i].op},
                        {"tensor", bench.layers()[i].tensor},
                        {"format", measured.assignment.of(i)},
                        {"snr_db", numberOrNull(error.decibels())},
                        {"worst", error.worst},
                        {"worst_reference", error.worstReference},
                        {"weight_bytes", measured.weightBytes[i]}});
    }
    Json json{{"format", measured.assignment.format},
              {"loss", orNull(measured.loss)},
              {"accuracy", orNull(measured.accuracy)},
              {"weight_bytes", measured.totalWeightBytes()},
              {"program_weight_bytes", measured.programBytes},
              {"saturated_values", measured.saturated},
              {"layers", std::move(layers)}};
    json["cycles"] = orNull(measured.cycles);
    json["us"] = measured.cycles ? Json(microseconds(*measured.cycles)) : Json();
    return json;
  }

  template <typename Cell> std::string layerTable(Cell cell) const {
    std::vector<std::string> header{"layer", "op"};
    for (const std::string &format : formats)
      header.push_back(">" + format);
    Table table(std::move(header));
    for (size_t layer = 0; layer < bench.layers().size(); ++layer) {
      std::vector<std::string> row{bench.layers()[layer].node, bench.layers()[layer].op};
      for (const Measured &each : uniform)
        row.push_back(cell(each.layers[layer]));
      table.add(std::move(row));
    }
    return table.str();
  }

  /// How much worse than float32, as a share of it; in the metric's own unit if that is zero.
  std::string lossText(double loss) const {
    const double reference = bench.reference().loss();
    return reference > 0 ? percent(loss / reference - 1) : fmt::format("{:+.3g}", loss - reference);
  }

  std::string formatTable() const {
    std::vector<std::string> header{"format"};
    const bool labelled = bench.task().has_value(), classes = labelled && bench.task()->classes;
    if (labelled)
      header.insert(header.end(), {">" + bench.task()->metric(), ">loss"});
    if (classes)
      header.emplace_back(">accuracy");
    header.insert(header.end(), {">weights", ">cycles", ">latency"});
    Table table(std::move(header));
    if (labelled) {
      std::vector<std::string> row{"float32", fmt::format("{:.5g}", bench.reference().loss()), ""};
      if (classes)
        row.push_back(fmt::format("{:.2f} %", 100 * *bench.reference().accuracy()));
      table.add(std::move(row));
    }
    const auto add = [&](const Measured &each, const std::string &name) {
      std::vector<std::string> row{name};
      if (labelled)
        row.insert(row.end(), {fmt::format("{:.5g}", *each.loss), lossText(*each.loss)});
      if (classes)
        row.push_back(fmt::format("{:.2f} %", 100 * *each.accuracy));
      row.insert(row.end(), {byteSize(each.totalWeightBytes()), each.cycles ? grouped(*each.cycles) : "",
                             each.cycles ? duration(microseconds(*each.cycles) / 1e6) : ""});
      table.add(std::move(row));
    };
    for (const Measured &each : uniform)
      add(each, each.assignment.format);
    if (mixed)
      add(*mixed, "mixed");
    return table.str();
  }

  std::string programNote() const {
    std::string note = fmt::format("weights: as a device of that width packs them; {} itself takes {} for any of these formats\n",
                                   settings.accuracy.compile.arch, byteSize(uniform.front().programBytes));
    if (uniform.front().cycles)
      note += fmt::format("cycles, latency: of {}, on the DPU, at {:g} MHz\n", bench.samples() == 1 ? "the sample" : "the first sample",
                          bench.clockMhz());
    for (const Measured &each : uniform)
      if (each.saturated > 0)
        note += fmt::format("{}: {} did not fit float16 and were saturated\n", each.assignment.format, counted(each.saturated, "value"));
    return note;
  }

  std::string suggestionText() const {
    if (!limit)
      return "";
    std::string text = fmt::format("\nfor a loss of at most {} ({:.5g}): ", settings.loss, *limit);
    if (!suggested)
      return text + "no format of these\n";
    const Measured &best = uniform[*suggested];
    text += fmt::format("{} ({}, {} of weights)\n", best.assignment.format, lossText(*best.loss), byteSize(best.totalWeightBytes()));
    if (!mixed)
      return text;
    if (!mixedPays())
      return text + "mixed formats do not pay: none that was found takes fewer bytes\n";
    text += fmt::format("mixed formats pay, where each layer has words of its own width: {} of weights, {:.1f} % less, {}\n",
                        byteSize(mixed->totalWeightBytes()),
                        100 * (1 - double(mixed->totalWeightBytes()) / double(best.totalWeightBytes())), lossText(*mixed->loss));
    return text + fmt::format("compile with {}\n", compileFlags(mixed->assignment, bench.layers()));
  }
};

Expected<Outcome> accuracy(Settings settings) {
  const auto engine = parseEngineName(settings.engine);
  if (!engine)
    return tl::unexpected(engine.error());
  if (*engine == EngineKind::Cpu)
    return fail("--engine cpu: float32 on the CPU is the reference; choose functional, systemc or rtl");
  settings.accuracy.engine = *engine;
  if (!isModel(settings.accuracy.model))
    return fail("{}: expected an .onnx file, as it is compiled for every format", settings.accuracy.model);
  if (settings.mixed && settings.loss.empty())
    return fail("--mixed: say how much loss is allowed, as in --loss 1%");
  std::optional<AllowedLoss> allowed;
  if (!settings.loss.empty()) {
    const auto parsed = parseAllowedLoss(settings.loss);
    if (!parsed)
      return tl::unexpected(parsed.error());
    allowed = *parsed;
  }
  const auto arch = loadArch(settings.accuracy.compile.arch);
  if (!arch)
    return tl::unexpected(arch.error());
  const auto formats = formatsOf(settings.formats, *arch);
  if (!formats)
    return tl::unexpected(formats.error());
  settings.accuracy.compile.format = formats->front();
  auto samples = readDataset(settings.data, settings.labels);
  if (!samples)
    return tl::unexpected(samples.error());

  Progress progress;
  const auto bench = Bench::create(settings.accuracy, std::move(*samples), progress);
  if (!bench)
    return tl::unexpected(bench.error());
  if (allowed && !bench->task())
    return fail("--loss {}: there are no labels to measure a loss with; put an array \"{}\" into {}, or add --labels FILE", settings.loss,
                labelsName, settings.data);
  std::vector<Measured> uniform;
  for (const std::string &format : *formats) {
    auto measured = bench->measure({.format = format, .layers = {}}, true, progress);
    if (!measured)
      return tl::unexpected(measured.error());
    uniform.push_back(std::move(*measured));
  }

  Report report(settings, *bench, *formats, uniform);
  if (allowed) {
    report.limit = allowed->limit(bench->reference().loss());
    report.suggested = narrowestWithin(uniform, *report.limit);
  }
  if (settings.mixed && report.suggested) {
    const auto within = std::ranges::find_if(uniform, [&](const Measured &each) { return *each.loss <= *report.limit; });
    const Measure measure = [&](const Assignment &assignment) { return bench->measure(assignment, false, progress); };
    const auto narrowed = narrowLayers(*within, *formats, *report.limit, measure);
    if (!narrowed)
      return tl::unexpected(narrowed.error());
    auto measured = bench->measure(narrowed->assignment, true, progress);
    if (!measured)
      return tl::unexpected(measured.error());
    report.mixed = std::move(*measured);
  }
  if (!settings.plot.empty()) {
    const std::string picture = report.plot();
    if (const auto written = writeFile(settings.plot, std::as_bytes(std::span(picture))); !written)
      return tl::unexpected(written.error());
  }
  return Outcome{.json = report.json(), .text = report.text()};
}

} // namespace

void addAccuracy(CommandLine &line) {
  const auto settings = std::make_shared<Settings>();
  CLI::App *app = line.add("accuracy", "Compare block formats with float32, layer by layer and by what the outputs are worth",
                           "softdpu accuracy gru.onnx --arch edge --data heldout.npz\n"
                           "softdpu accuracy gru.onnx --arch edge --data heldout/ --formats msfp16,msfp13,msfp11 --loss 1%\n"
                           "softdpu accuracy gru.onnx --arch edge --data heldout.npz --loss 1% --mixed --plot formats.svg",
                           [settings] { return accuracy(*settings); });
  app->add_option("MODEL", settings->accuracy.model, "An .onnx file")->required();
  app->add_option("--data", settings->data,
                  "An .npz with an array for each input, a directory of such files, or a directory with an .npy for each input")
      ->required();
  app->add_option("--labels", settings->labels, "A file with labels, if the data have no array \"labels\"");
  app->add_option("--output", settings->accuracy.output, "The output that labels speak about (default: the first that they fit)");
  app->add_flag("--zeros", settings->accuracy.zeros, "Inputs that the data lack are zeros");
  app->add_option("--arch", settings->accuracy.compile.arch, "Architecture: a name (softdpu arch lists them) or a .toml file")
      ->capture_default_str();
  app->add_option("--formats", settings->formats, "Block formats, separated by commas (default: all of the architecture)")->delimiter(',');
  app->add_option("--loss", settings->loss, "Suggest the narrowest format that is worse than float32 by at most this: 1%, or 0.02");
  app->add_flag("--mixed", settings->mixed, "With --loss: look for a format for each layer");
  app->add_option("--plot", settings->plot, "Write a picture (SVG) of metric, or SNR, against weights");
  app->add_option("--place", settings->accuracy.compile.placement, "NODE=cpu or NODE=dpu; '*' is every node");
  app->add_option("--bind", settings->accuracy.compile.bindings, "INPUT=FILE: make an input a constant");
  app->add_option("--engine", settings->engine, "functional, systemc or rtl")->capture_default_str();
}

} // namespace softdpu::tools
