//===- CommandLine.cpp - Subcommands, their output and exit codes ------------------------===//

#include "CommandLine.h"

#include "softdpu/isa/Program.h"

#include <algorithm>
#include <new>

namespace softdpu::tools {
namespace {

constexpr int badInput = 2;

/// Names come from files and may be no UTF-8.
std::string textOf(const Json &json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

/// One line, whatever the message holds.
int complain(const std::string &who, std::string message) {
  while (!message.empty() && message.back() == '\n')
    message.pop_back();
  std::ranges::replace_if(message, [](char c) { return c == '\r' || c == '\n'; }, ' ');
  fmt::print(stderr, "{}: {}\n", who, message);
  return badInput;
}

} // namespace

CommandLine::CommandLine() : root("softdpu: recurrent networks on an open DPU, from ONNX to cycles", "softdpu") {
  root.require_subcommand(1);
  const ProgramVersion version = currentProgramVersion();
  root.set_version_flag("--version", fmt::format("softdpu {}; programs: format {}.{}, instruction set {}.{}", SOFTDPU_VERSION,
                                                 version.formatMajor, version.formatMinor, version.isaMajor, version.isaMinor));
  root.footer("softdpu COMMAND --help shows options and examples.\n"
              "Exit codes: 0 fine, 1 verification failed, 2 bad input or usage.");
}

CLI::App *CommandLine::add(const std::string &name, const std::string &description, const std::string &examples,
                           std::function<Expected<Outcome>()> run) {
  CLI::App *app = root.add_subcommand(name, description);
  app->add_flag("--json", asJson, "Print one JSON object on stdout");
  std::string footer = "Examples:";
  for (size_t begin = 0; begin < examples.size();) {
    const size_t end = std::min(examples.find('\n', begin), examples.size());
    footer += "\n  " + examples.substr(begin, end - begin);
    begin = end + 1;
  }
  app->footer(footer);
  commands.push_back({app, std::move(run)});
  return app;
}

std::string CommandLine::names() const {
  std::string text;
  for (const Command &command : commands)
    text += (text.empty() ? "" : ", ") + command.app->get_name();
  return text;
}

int CommandLine::run(int argc, char **argv) {
  const auto isNamed = [&](const Command &command) { return command.app->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && std::ranges::none_of(commands, isNamed))
    return complain("softdpu", fmt::format("there is no command \"{}\"; there are {}", argv[1], names()));
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success &request) { // --help
    return root.exit(request);
  } catch (const CLI::ParseError &error) {
    const auto chosen = root.get_subcommands();
    const std::string who = chosen.empty() ? "softdpu" : "softdpu " + chosen[0]->get_name();
    return complain(who, fmt::format("{} ({} --help shows the usage)", error.what(), who));
  }
  for (const Command &command : commands) {
    if (!command.app->parsed())
      continue;
    const std::string who = "softdpu " + command.app->get_name();
    try {
      const auto outcome = command.run();
      if (!outcome)
        return complain(who, outcome.error().message);
      fmt::print("{}", asJson ? textOf(outcome->json) : outcome->text);
      return outcome->passed ? 0 : 1;
    } catch (const std::bad_alloc &) {
      return complain(who, "not enough memory");
    } catch (const std::exception &error) {
      return complain(who, fmt::format("internal error: {}", error.what()));
    }
  }
  return 0;
}

} // namespace softdpu::tools
