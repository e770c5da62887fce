//===- Channels.h - Registers, queues and pipes between blocks ---------------------------===//
//
// All processes of a clock edge run in an order that nobody promises, so what one writes must not be seen by another before the next cycle.
// SystemC's own channels reach that with an update phase for each; these reach it by remembering in which cycle they were
// written, which costs nothing when nothing happens.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Machine.h"

#include <bit>
#include <systemc>
#include <vector>

namespace softdpu::model {

/// A value that changes at the clock edge: read() gives what earlier cycles wrote, next() what this cycle has written so far.
template <typename T> class Register {
public:
  explicit Register(const Machine &machine, T initial = {}) : machine(machine), previous(initial), current(initial) {}

  T read() const { return stamp == machine.now ? previous : current; }
  T next() const { return current; }
  void write(T value) {
    if (stamp != machine.now) {
      previous = current;
      stamp = machine.now;
    }
    current = value;
  }
  /// Outside clocked operation.
  void reset(T value = {}) { previous = current = value; }

private:
  const Machine &machine;
  uint64_t stamp = ~uint64_t(0);
  T previous, current;
};

/// The writing side of a bounded queue.
template <typename T> class QueueOut : public virtual sc_core::sc_interface {
public:
  /// Items that can be pushed.
  virtual unsigned room() const = 0;
  /// Not when full.
  virtual void push(const T &item) = 0;

  bool full() const { return room() == 0; }
};

/// The reading side of a bounded queue.
template <typename T> class QueueIn : public virtual sc_core::sc_interface {
public:
  virtual unsigned size() const = 0;
  /// \param i less than size(); 0 is the front. The reference holds until the end of the cycle in which the item is popped.
  virtual const T &at(unsigned i) const = 0;
  /// Items popped so far.
  virtual uint32_t popped() const = 0;
  /// Not when empty; once per cycle.
  virtual void pop() = 0;

  bool empty() const { return size() == 0; }
  const T &front() const { return at(0); }
};

/// A bounded queue: a push in cycle c is visible in c+1, and so is the room that a pop makes.
template <typename T> class Queue final : public sc_core::sc_object, public QueueOut<T>, public QueueIn<T> {
public:
  Queue(const char *name, const Machine &machine, unsigned depth)
      : sc_core::sc_object(name), slots(std::bit_ceil(depth)), depth(depth), mask(unsigned(slots.size()) - 1), head(machine),
        tail(machine) {}

  unsigned room() const override { return depth - size(); }
  void push(const T &item) override {
    slots[tail.next() & mask] = item;
    tail.write(tail.next() + 1);
  }
  unsigned size() const override { return tail.read() - head.read(); }
  const T &at(unsigned i) const override { return slots[(head.read() + i) & mask]; }
  uint32_t popped() const override { return head.read(); }
  void pop() override { head.write(head.next() + 1); }

  void reset() {
    head.reset();
    tail.reset();
  }
  /// Items that the next cycle will see.
  unsigned nextSize() const { return tail.next() - head.next(); }
  /// The front that the next cycle will see; only if nextSize() > 0.
  const T &nextFront() const { return slots[head.next() & mask]; }

private:
  std::vector<T> slots;
  const unsigned depth, mask;
  Register<uint32_t> head, tail; ///< Items popped and pushed so far.
};

/// The writing side of a pipe.
template <typename T> class PipeOut : public virtual sc_core::sc_interface {
public:
  /// The item arrives `latency` >= 1 cycles from now; items arrive in the order in which they are pushed.
  virtual void push(const T &item, unsigned latency) = 0;
};

/// The reading side of a pipe.
template <typename T> class PipeIn : public virtual sc_core::sc_interface {
public:
  /// Nothing is on its way.
  virtual bool empty() const = 0;
  /// Happens when something is pushed into an empty pipe: a process without work sleeps until then.
  virtual const sc_core::sc_event &filled() const = 0;
  /// \returns the item that has arrived, or null.
  virtual const T *arrived() const = 0;
  /// Removes the item that has arrived.
  virtual void pop() = 0;
};

/// A pipeline of registers that carries items from one block to another; nothing in it can stall.
template <typename T> class Pipe final : public sc_core::sc_object, public PipeOut<T>, public PipeIn<T> {
public:
  /// \param capacity items on the way or waiting at most.
  Pipe(const char *name, const Machine &machine, unsigned capacity)
      : sc_core::sc_object(name), machine(machine), slots(std::bit_ceil(capacity)), mask(unsigned(slots.size()) - 1) {}

  void push(const T &item, unsigned latency) override {
    sc_assert(tail - head < slots.size());
    if (empty())
      filledEvent.notify(sc_core::SC_ZERO_TIME);
    slots[tail++ & mask] = {machine.now + latency, item};
  }
  bool empty() const override { return head == tail; }
  const sc_core::sc_event &filled() const override { return filledEvent; }
  const T *arrived() const override {
    if (empty() || slots[head & mask].due > machine.now)
      return nullptr;
    return &slots[head & mask].item;
  }
  void pop() override { ++head; }
  void reset() { head = tail; }

private:
  struct Slot {
    uint64_t due = 0;
    T item{};
  };

  const Machine &machine;
  std::vector<Slot> slots;
  const unsigned mask;
  unsigned head = 0, tail = 0;
  sc_core::sc_event filledEvent;
};

/// A value that its readers see in the cycle in which it is sent: they are sensitive to `sent` and run after all clocked processes.
template <typename T> class Strobe final : public sc_core::sc_object {
public:
  explicit Strobe(const char *name) : sc_core::sc_object(name) {}

  void send(const T &item) {
    value = item;
    sentEvent.notify(sc_core::SC_ZERO_TIME);
  }
  const T &read() const { return value; }
  const sc_core::sc_event &sent() const { return sentEvent; }

private:
  T value{};
  sc_core::sc_event sentEvent;
};

} // namespace softdpu::model
