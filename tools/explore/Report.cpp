//===- Report.cpp - An exploration in words and numbers ----------------------------------===//

#include "explore/Report.h"

#include "Text.h"

#include <algorithm>
#include <cmath>

namespace softdpu::tools {
namespace {

std::string milliseconds(double ms) { return fmt::format("{:#.4g}", ms); }
std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

/// A field of RFC 4180.
std::string csvField(const std::string &text) {
  if (text.find_first_of(",\"\r\n") == text.npos)
    return text;
  std::string quoted = "\"";
  for (char c : text)
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// Many models would make the table too wide: it has the geometric mean then, CSV and JSON have each.
constexpr size_t mostColumns = 3;

std::vector<std::string> rowOf(const Evaluation &each, size_t models) {
  std::vector<std::string> row{each.arch.name};
  for (unsigned value : {each.arch.nativeDim, each.arch.lanes, each.arch.tileEngines, each.arch.mfus})
    row.push_back(std::to_string(value));
  row.push_back(grouped(each.arch.macs()));
  row.push_back(grouped(each.arch.mrfTiles));
  for (size_t w = 0; w < models; ++w)
    row.push_back(milliseconds(each.milliseconds(w)));
  row.push_back(milliseconds(each.latency()));
  row.push_back(grouped(uint64_t(std::llround(each.area.alms))));
  row.push_back(grouped(each.area.m20k));
  row.push_back(grouped(each.area.dspBlocks()));
  row.push_back(percent(each.share()));
  row.push_back(each.fits() ? "yes" : "no");
  return row;
}

Json jsonOf(const Evaluation &each, std::span<const Workload> workloads, bool onFront) {
  Json json{
      {"arch", each.arch.name}, {"native_dim", each.arch.nativeDim}, {"lanes", each.arch.lanes}, {"tile_engines", each.arch.tileEngines},
      {"mfus", each.arch.mfus}, {"macs", each.arch.macs()},          {"base", each.isBase}};
  if (!each.error.empty()) {
    json["error"] = each.error;
    return json;
  }
  json["mrf_tiles"] = each.arch.mrfTiles;
  json["models"] = Json::array();
  for (size_t w = 0; w < workloads.size(); ++w)
    json["models"].push_back(
        {{"model", workloads[w].model.name}, {"steps", workloads[w].steps}, {"cycles", each.cycles[w]}, {"ms", each.milliseconds(w)}});
  json.update({{"geomean_ms", each.latency()},
               {"estimated_alms", std::llround(each.area.alms)},
               {"estimated_m20k", each.area.m20k},
               {"estimated_dsp_blocks", each.area.dspBlocks()},
               {"estimated_device_share", each.share()},
               {"fits", each.fits()},
               {"pareto", onFront}});
  return json;
}

} // namespace

bool Exploration::onFront(size_t index) const { return std::ranges::find(front, index) != front.end(); }

const Evaluation *Exploration::base() const {
  const auto found = std::ranges::find_if(evaluations, [](const Evaluation &each) { return each.isBase && each.error.empty(); });
  return found == evaluations.end() ? nullptr : &*found;
}

std::vector<size_t> Exploration::betterThanBase() const {
  std::vector<size_t> better;
  if (const Evaluation *own = base())
    for (size_t i = 0; i < evaluations.size(); ++i) {
      const Evaluation &each = evaluations[i];
      if (each.error.empty() && each.latency() <= own->latency() && each.share() <= own->share() &&
          (each.latency() < own->latency() || each.share() < own->share()))
        better.push_back(i);
    }
  std::ranges::sort(better, {}, [&](size_t i) { return std::pair(evaluations[i].latency(), i); });
  return better;
}

std::string frontText(const Exploration &exploration) {
  std::vector<std::string> header{"architecture", ">native", ">lanes", ">engines", ">MFUs", ">MACs", ">MRF tiles"};
  const size_t models = exploration.workloads.size() <= mostColumns && exploration.workloads.size() > 1 ? exploration.workloads.size() : 0;
  for (size_t w = 0; w < models; ++w)
    header.push_back(fmt::format(">{}, ms", exploration.workloads[w].name));
  for (const char *name : {">ms", ">est. ALMs", ">est. M20K", ">est. DSPs", ">share", "fits"})
    header.emplace_back(name);
  Table table(header);
  for (size_t i : exploration.front)
    table.add(rowOf(exploration.evaluations[i], models));
  if (const Evaluation *base = exploration.base(); base && !exploration.onFront(size_t(base - exploration.evaluations.data())))
    table.add(rowOf(*base, models));
  return table.str();
}

std::string baseText(const Exploration &exploration) {
  const Evaluation *base = exploration.base();
  if (!base)
    return "";
  const std::vector<size_t> better = exploration.betterThanBase();
  if (better.empty())
    return fmt::format("{} is on the front\n", base->arch.name);
  std::string text = fmt::format("{} is not on the front; at least as fast and as small:\n", base->arch.name);
  for (size_t i : better) {
    const Evaluation &each = exploration.evaluations[i];
    text += fmt::format("  {}: latency {:+.1f} %, area {:+.1f} %\n", each.arch.name, (each.latency() / base->latency() - 1) * 100,
                        (each.share() / base->share() - 1) * 100);
  }
  return text;
}

Json pointsJson(const Exploration &exploration) {
  Json points = Json::array();
  for (size_t i = 0; i < exploration.evaluations.size(); ++i)
    points.push_back(jsonOf(exploration.evaluations[i], exploration.workloads, exploration.onFront(i)));
  return points;
}

std::string pointsCsv(const Exploration &exploration) {
  std::string text = "arch,native_dim,lanes,tile_engines,mfus,macs,base,error,mrf_tiles";
  for (const Workload &workload : exploration.workloads)
    text += "," + csvField(fmt::format("{}_t{}_cycles", workload.name, workload.steps));
  text += ",geomean_ms,estimated_alms,estimated_m20k,estimated_dsp_blocks,estimated_device_share,fits,pareto\n";
  for (size_t i = 0; i < exploration.evaluations.size(); ++i) {
    const Evaluation &each = exploration.evaluations[i];
    const Arch &arch = each.arch;
    text += fmt::format("{},{},{},{},{},{},{},{}", arch.name, arch.nativeDim, arch.lanes, arch.tileEngines, arch.mfus, arch.macs(),
                        int(each.isBase), csvField(each.error));
    if (!each.error.empty()) {
      text += std::string(exploration.workloads.size() + 8, ',') + "\n";
      continue;
    }
    text += fmt::format(",{}", arch.mrfTiles);
    for (uint64_t cycles : each.cycles)
      text += fmt::format(",{}", cycles);
    text += fmt::format(",{:.6g},{:.0f},{},{},{:.4f},{},{}\n", each.latency(), each.area.alms, each.area.m20k, each.area.dspBlocks(),
                        each.share(), int(each.fits()), int(exploration.onFront(i)));
  }
  return text;
}

} // namespace softdpu::tools
