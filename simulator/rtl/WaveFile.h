//===- WaveFile.h - Signals of the RTL as an FST file ------------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"

#include <memory>
#include <string>
#include <systemc>
#include <verilated_fst_c.h>

namespace softdpu {

/// The signals of one Verilated model. Closing the file is its destructor's work; before that it is incomplete.
class WaveFile {
public:
  /// Starts a file that holds the hierarchy of `model`; must not be called before SystemC has elaborated.
  /// \param context of `model`, both must outlive the file.
  template <typename Model>
  static Expected<std::unique_ptr<WaveFile>> open(const std::string &path, VerilatedContext &context, Model &model) {
    if (Expected<void> writable = checkWritable(path); !writable)
      return tl::unexpected(writable.error());
    context.traceEverOn(true);
    std::unique_ptr<WaveFile> file(new WaveFile(path));
    model.trace(&file->fst, /*levels=*/0);
    file->fst.open(path.c_str());
    return file;
  }

  const std::string &path() const { return name; }

  /// Adds the values of all signals at `time`, which must increase from call to call. The file's time begins with the first.
  void record(const sc_core::sc_time &time);

private:
  explicit WaveFile(const std::string &path) : name(path) {}

  /// Verilator would not say why it cannot open the file.
  static Expected<void> checkWritable(const std::string &path);

  const std::string name;
  VerilatedFstC fst;
  bool empty = true;
  sc_core::sc_time begin;
};

} // namespace softdpu
