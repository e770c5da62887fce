//===- Kernel.cpp - One SystemC kernel per engine ----------------------------------------===//

#include "Kernel.h"

#include <systemc>

namespace softdpu {
namespace {

/// Guards sc_core::sc_curr_simcontext, which belongs to the library and is one per process.
std::recursive_mutex &contextMutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

} // namespace

Kernel::Scope::Scope(Kernel &kernel) : lock(contextMutex()), previous(sc_core::sc_curr_simcontext) {
  sc_core::sc_curr_simcontext = kernel.context.get();
}

Kernel::Scope::~Scope() { sc_core::sc_curr_simcontext = previous; }

Kernel::Kernel() {
  const std::lock_guard lock(contextMutex());
  sc_core::sc_simcontext *previous = sc_core::sc_curr_simcontext;
  context = std::make_unique<sc_core::sc_simcontext>();
  sc_core::sc_curr_simcontext = previous;
}

Kernel::~Kernel() {
  const Scope scope(*this);
  context.reset();
}

} // namespace softdpu

/// libsystemc's own main would call this; nothing here does, but the library does not link without it.
extern "C" int sc_main(int, char *[]) { return 0; }
