//===- Kernel.h - One SystemC kernel per engine ------------------------------------------===//
//
// SystemC elaborates once per simulation context, so engines that are created one after another, or that run in turn, each get a context of
// their own. Contexts are independent: modules may be built in one after another has run. What the library keeps global is the pointer to
// the current context; a Kernel::Scope sets it and holds the lock that keeps two threads from being inside SystemC at once.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <memory>
#include <mutex>

namespace sc_core {
class sc_simcontext;
}

namespace softdpu {

/// A SystemC simulation context.
class Kernel {
public:
  Kernel();
  /// All modules of this kernel must be gone.
  ~Kernel();
  Kernel(const Kernel &) = delete;
  Kernel &operator=(const Kernel &) = delete;

  /// While a Scope lives, modules are built in and simulated by this kernel. Build, run and destroy modules only inside one.
  class Scope {
  public:
    explicit Scope(Kernel &kernel);
    ~Scope();
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    std::unique_lock<std::recursive_mutex> lock;
    sc_core::sc_simcontext *previous;
  };

private:
  std::unique_ptr<sc_core::sc_simcontext> context;
};

} // namespace softdpu
