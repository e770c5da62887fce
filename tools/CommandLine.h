//===- CommandLine.h - Subcommands, their output and exit codes --------------------------===//
//
// A command returns what it has to say; only this part prints. Exit codes: 0 fine, 1 verification failed, 2 bad input or usage, with
// exactly one line on stderr.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace softdpu::tools {

using Json = nlohmann::ordered_json;

struct Outcome {
  Json json;        ///< Printed with --json.
  std::string text; ///< Printed without.
  bool passed = true;
};

class CommandLine {
public:
  CommandLine();

  /// Adds a subcommand, with --json and an epilogue of examples.
  /// \param examples one command per line.
  /// \returns the subcommand, to add its options to.
  CLI::App *add(const std::string &name, const std::string &description, const std::string &examples,
                std::function<Expected<Outcome>()> run);

  /// Parses, runs, prints. \returns the exit code.
  int run(int argc, char **argv);

private:
  struct Command {
    CLI::App *app;
    std::function<Expected<Outcome>()> run;
  };

  std::string names() const;

  CLI::App root;
  bool asJson = false;
  std::vector<Command> commands;
};

} // namespace softdpu::tools
