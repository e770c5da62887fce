//===- WriteBack.h - Results to VRFs and NetOut ------------------------------------------===//

#pragma once

#include "Channels.h"
#include "Messages.h"
#include "NetOut.h"
#include "Vrf.h"

namespace softdpu::model {

class WriteBack final : public Block {
public:
  WriteBack(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<PipeIn<Beat *>> in{"in"};
  sc_core::sc_port<VrfWriteIf> initialVrf{"initialVrf"};
  sc_core::sc_port<VrfWriteIf, 0> addSubVrfs{"addSubVrfs"}, multiplyVrfs{"multiplyVrfs"}; ///< One per MFU.
  sc_core::sc_port<NetOutWriteIf> netOut{"netOut"};

private:
  void step();
  void writeVrfs(const Beat &beat);
};

} // namespace softdpu::model
