//===- IssueQueue.h - The queue in front of the loader or of beat issue ------------------===//
//
// Between the queue and the point where vectors fire, one by one, there are two registers: `next`, in which the addresses of a vector
// stand, and `current`, in which it is also known what it has to wait for. A job leaves the queue, and makes room for another, when its
// last vector enters `next`; for its readers it stays at the front until that vector has fired.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Channels.h"
#include "Messages.h"

#include <string>

namespace softdpu::model {

inline unsigned vectorsOf(const HeadJob &job) { return job.vectors; }
inline unsigned vectorsOf(const TailJob &job) { return job.rows; }

/// The side of the unit that fires.
template <typename T> class IssueIn : public virtual QueueIn<T> {
public:
  /// The next vector of the front stands in `current`.
  virtual bool ready() const = 0;
  /// The clock edge of the registers; once per cycle. \param fires the vector in `current` fires in this cycle.
  virtual void step(bool fires) = 0;
};

template <typename T> class IssueQueue final : public sc_core::sc_object, public QueueOut<T>, public IssueIn<T> {
public:
  IssueQueue(const char *name, const Machine &machine, unsigned depth)
      : sc_core::sc_object(name), jobs((std::string(name) + "Jobs").c_str(), machine, depth + Timing::issueRegisters), depth(depth),
        pushed(machine), taken(machine) {}

  unsigned room() const override { return depth - (pushed.read() - taken.read()); }
  void push(const T &job) override {
    jobs.push(job);
    pushed.write(pushed.next() + 1);
  }
  unsigned size() const override { return jobs.size(); }
  const T &at(unsigned i) const override { return jobs.at(i); }
  uint32_t popped() const override { return jobs.popped(); }
  void pop() override { jobs.pop(); }

  bool ready() const override { return current; }
  void step(bool fires) override {
    const bool advance = !current || fires;
    const bool takes = pushed.read() != taken.read() && (!next || advance);
    if (advance)
      current = next;
    next = takes || (next && !advance);
    if (!takes || ++vector < vectorsOf(jobs.at(taken.read() - popped())))
      return;
    vector = 0;
    taken.write(taken.read() + 1);
  }

  void reset() {
    jobs.reset();
    pushed.reset();
    taken.reset();
    vector = 0;
    next = current = false;
  }

private:
  Queue<T> jobs; ///< Until their last vectors have fired.
  const unsigned depth;
  Register<uint32_t> pushed, taken; ///< Jobs so far.
  unsigned vector = 0;              ///< Of the first job not taken, that enters `next` next.
  bool next = false, current = false;
};

} // namespace softdpu::model
