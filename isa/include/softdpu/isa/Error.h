//===- Error.h - Errors as values --------------------------------------------------------===//
//
// Every fallible function of softdpu returns Expected<T>; only the tool that prints the message turns it into an exit code.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <fmt/format.h>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace softdpu {

/// One sentence for the user: names the thing, what was found, what was expected, what to do.
struct Error {
  std::string message;
};

template <typename T> using Expected = tl::expected<T, Error>;

/// Builds the error value of a failing function: `return fail("row {} of {}", row, name);`.
template <typename... Args> tl::unexpected<Error> fail(fmt::format_string<Args...> format, Args &&...args) {
  return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...)});
}

} // namespace softdpu
