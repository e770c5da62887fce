//===- Encoder.cpp - Chains to instruction words -----------------------------------------===//

#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Instruction.h"

namespace softdpu {
namespace {

namespace encode = isa::encode;
namespace values = isa::values;

isa::RegisterPlus operand(const Address &address) { return {address.immediate, address.reg}; }

unsigned orderBit(TileOrder order) { return order == TileOrder::Column ? values::OrderColumn : values::OrderRow; }

uint64_t addWord(AddOp op, unsigned mfu, const isa::RegisterPlus &b) {
  switch (op) {
  case AddOp::Add:
    return encode::vvAdd(mfu, b);
  case AddOp::ASubB:
    return encode::vvASubB(mfu, b);
  case AddOp::BSubA:
    return encode::vvBSubA(mfu, b);
  case AddOp::Max:
    return encode::vvMax(mfu, b);
  case AddOp::Min:
    return encode::vvMin(mfu, b);
  case AddOp::None:
    break;
  }
  return 0;
}

uint64_t activationWord(ActivationOp op, unsigned mfu) {
  switch (op) {
  case ActivationOp::Relu:
    return encode::vRelu(mfu);
  case ActivationOp::Sigmoid:
    return encode::vSigm(mfu);
  case ActivationOp::Tanh:
    return encode::vTanh(mfu);
  case ActivationOp::OneMinusSigmoid:
    return encode::vOneMinusSigm(mfu);
  case ActivationOp::None:
    break;
  }
  return 0;
}

class Encoder {
public:
  explicit Encoder(const Arch &arch) : lastMfu_(arch.mfus - 1), mantissa_(arch.mantissaBits) {}

  void operator()(const Tail &tail) {
    if (tail.head)
      head(*tail.head);
    for (unsigned k = 0; k < lastMfu_; ++k)
      mfu(k, tail.mfus[k]);
    writes(tail, true);
    mfu(lastMfu_, tail.mfus[lastMfu_]);
    writes(tail, false);
    words_.push_back(tail.lastOfChain ? encode::endChain() : encode::nextTail());
  }

  void operator()(const MatrixLoad &load) {
    scalar(rows_, values::ChainScalarRows, load.rows);
    scalar(cols_, values::ChainScalarCols, load.cols);
    words_.push_back(encode::mRd());
    words_.push_back(encode::mWr(load.matrix, load.group, orderBit(load.order)));
    words_.push_back(encode::endChain());
  }

  void operator()(const Loop &loop) { words_.push_back(encode::loop({loop.add, loop.scalar}, loop.max)); }
  void operator()(const EndLoop &end) { words_.push_back(encode::endLoop(end.advance)); }
  void operator()(const AddressWrite &write) { words_.push_back(encode::aWr(write.reg, write.base, write.stride, write.length)); }
  void operator()(const Halt &) { words_.push_back(encode::halt()); }

  std::vector<uint64_t> take() { return std::move(words_); }

private:
  void scalar(unsigned &state, unsigned name, unsigned value) {
    if (state == value)
      return;
    state = value;
    words_.push_back(encode::sWr(name, value));
  }

  void head(const Head &head) {
    scalar(rows_, values::ChainScalarRows, head.rows);
    if (head.mvMul) {
      scalar(cols_, values::ChainScalarCols, head.cols);
      scalar(mantissa_, values::ChainScalarMantissa, head.mantissa);
    }
    words_.push_back(head.source == Source::NetIn ? encode::vRd(values::VectorSourceNetIn)
                                                  : encode::vRd(values::VectorSourceInitialVrf, operand(head.address)));
    if (head.mvMul)
      words_.push_back(
          encode::mvMul(head.mvMul->matrix, head.mvMul->group, head.mvMul->tails, head.mvMul->scale, orderBit(head.mvMul->order)));
  }

  void mfu(unsigned k, const Mfu &unit) {
    if (unit.add != AddOp::None)
      words_.push_back(addWord(unit.add, k, operand(unit.addOperand)));
    if (unit.activation != ActivationOp::None)
      words_.push_back(activationWord(unit.activation, k));
    if (unit.multiply)
      words_.push_back(encode::vvMul(k, operand(unit.multiplyOperand)));
  }

  void write(const std::optional<Write> &write, bool tap, unsigned unit) {
    if (write && write->tap == tap)
      words_.push_back(encode::vWr(unit, operand(write->address)));
  }

  void writes(const Tail &tail, bool tap) {
    write(tail.netOut, tap, values::VectorTargetNetOut);
    write(tail.initial, tap, values::VectorTargetInitialVrf);
    for (unsigned k = 0; k < maxMfus; ++k)
      write(tail.addSub[k], tap, values::VectorTargetAddSubVrf + k);
    for (unsigned k = 0; k < maxMfus; ++k)
      write(tail.multiply[k], tap, values::VectorTargetMultiplyVrf + k);
  }

  const unsigned lastMfu_;
  unsigned rows_ = 1, cols_ = 1, mantissa_;
  std::vector<uint64_t> words_;
};

} // namespace

std::vector<uint64_t> encodeProgram(std::span<const Entry> entries, const Arch &arch) {
  Encoder encoder(arch);
  for (const Entry &entry : entries)
    std::visit(encoder, entry);
  return encoder.take();
}

} // namespace softdpu
