//===- Workers.cpp - The same work on many items, in processes ---------------------------===//

#include "explore/Workers.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <malloc.h>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <span>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace softdpu::tools {
namespace {

/// All of it, or false.
bool sendAll(int socket, const void *data, size_t size) {
  for (auto *at = static_cast<const char *>(data); size > 0;) {
    const ssize_t sent = send(socket, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      return false;
    at += sent;
    size -= size_t(sent);
  }
  return true;
}

bool receiveAll(int socket, void *data, size_t size) {
  for (auto *at = static_cast<char *>(data); size > 0;) {
    const ssize_t got = recv(socket, at, size, 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    at += got;
    size -= size_t(got);
  }
  return true;
}

/// What a child does until its parent hangs up.
void serve(int socket, const std::function<std::string(size_t)> &work) {
  // Each item takes and gives back much memory: keep it, instead of having it cleared anew each time.
  mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  uint64_t item = 0;
  while (receiveAll(socket, &item, sizeof item)) {
    const std::string result = work(item);
    const uint64_t size = result.size();
    if (!sendAll(socket, &size, sizeof size) || !sendAll(socket, result.data(), result.size()))
      return;
  }
}

/// One child and the end of its socket.
class Worker {
public:
  /// \param siblings whose sockets the child must not hold open: it would keep them from seeing that the parent hangs up.
  static Expected<Worker> start(const std::function<std::string(size_t)> &work, std::span<const Worker> siblings) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      return fail("cannot make a socket pair: {}", std::strerror(errno));
    const pid_t child = fork();
    if (child < 0) {
      close(ends[0]);
      close(ends[1]);
      return fail("cannot start a process: {}", std::strerror(errno));
    }
    if (child == 0) {
      for (const Worker &sibling : siblings)
        close(sibling.socket);
      close(ends[0]);
      serve(ends[1], work);
      _exit(0); // No destructors: they belong to the parent.
    }
    close(ends[1]);
    return Worker(child, ends[0]);
  }

  Worker(Worker &&other) noexcept : item(other.item), child(std::exchange(other.child, 0)), socket(std::exchange(other.socket, -1)) {}
  Worker &operator=(Worker &&other) noexcept {
    std::swap(item, other.item);
    std::swap(child, other.child);
    std::swap(socket, other.socket);
    return *this;
  }
  ~Worker() { end(); }

  bool give(uint64_t next) {
    item = next;
    return sendAll(socket, &next, sizeof next);
  }

  Expected<std::string> take() {
    uint64_t size = 0;
    std::string result;
    if (receiveAll(socket, &size, sizeof size)) {
      result.resize(size);
      if (receiveAll(socket, result.data(), size))
        return result;
    }
    const int status = end();
    return WIFSIGNALED(status) ? fail("its process was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)))
                               : fail("its process ended with code {}", WEXITSTATUS(status));
  }

  bool alive() const { return child != 0; }
  int descriptor() const { return socket; }

  std::optional<size_t> item; ///< In work.

private:
  Worker(pid_t child, int socket) : child(child), socket(socket) {}

  /// Hangs up and waits. A child that is busy notices when it has its result.
  int end() {
    int status = 0;
    if (child == 0)
      return status;
    close(socket);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
      ;
    child = 0;
    socket = -1;
    return status;
  }

  pid_t child = 0;
  int socket = -1;
};

} // namespace

Expected<std::vector<Expected<std::string>>> mapInProcesses(size_t items, size_t processes, const std::function<std::string(size_t)> &work,
                                                            const std::function<void(size_t)> &finished) {
  std::vector<Expected<std::string>> results(items, std::string());
  std::vector<Worker> workers;
  size_t next = 0, done = 0;
  while (done < items) {
    std::erase_if(workers, [](const Worker &worker) { return !worker.alive(); });
    while (next < items && workers.size() < std::max<size_t>(processes, 1)) {
      auto worker = Worker::start(work, workers);
      if (!worker)
        return tl::unexpected(worker.error());
      worker->give(next++); // A child that is gone shows when its result is taken.
      workers.push_back(std::move(*worker));
    }
    std::vector<pollfd> waiting;
    for (const Worker &worker : workers)
      waiting.push_back({.fd = worker.item ? worker.descriptor() : -1, .events = POLLIN, .revents = 0});
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR)
        continue;
      return fail("cannot wait for processes: {}", std::strerror(errno));
    }
    for (size_t i = 0; i < workers.size(); ++i) {
      if (waiting[i].revents == 0)
        continue;
      results[*workers[i].item] = workers[i].take();
      workers[i].item.reset();
      finished(++done);
      if (workers[i].alive() && next < items)
        workers[i].give(next++);
    }
  }
  return results;
}

size_t availableProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? size_t(std::max(CPU_COUNT(&set), 1)) : 1;
}

} // namespace softdpu::tools
