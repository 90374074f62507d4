// Finds the connections whose callers make gRPC 1.51 work for nothing, and ends them. There are three kinds.
//
// Headers without end: it keeps them for as long as they keep coming, and those of an RPC that it refuses for as long
// as the connection lives; a byte that names a header can cost it seventy (of the kind of CVE-2023-33953). It tells
// nobody of them; but the kernel counts what a connection brings, and we see each RPC and message. Bytes that neither
// explains are such headers, or the beginning of messages.
//
// RPCs that are reset as soon as they are open (CVE-2023-44487): some hundred bytes bring one, and they count as no
// stream. We see that they come to nothing.
//
// Pings without end: gRPC could refuse them, but spends 8 us on each ping that comes after the one too many, until the
// connection has nothing more to say. So all are answered, at 0.1 us each; a flood of them is bytes that nothing
// explains, and a connection that pings every second, and makes no calls, ends.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace webex_gateway {

// What the kernel knows of callers' connections. Descriptors are gRPC's, which may close one at any moment, so that its
// number becomes another's; `id` is never another's.
class CallerSockets {
 public:
  struct Caller {
    uint64_t id = 0;
    std::string peer;  // as gRPC names it: "ipv4:192.0.2.1:50000"
  };

  virtual ~CallerSockets() = default;
  virtual std::optional<Caller> Identify(int descriptor) = 0;
  // All bytes so far; nothing once the connection has gone.
  virtual std::optional<int64_t> Received(int descriptor, uint64_t id) = 0;
  virtual void End(int descriptor, uint64_t id) = 0;
};

std::unique_ptr<CallerSockets> KernelSockets();

class CallerWatch {
 public:
  // A connection with no more unexplained bytes than `spared` is not ended for them: a burst of orders on it may wait
  // for the processor. One with more than `max_vain` vain RPCs is always ended.
  CallerWatch(std::unique_ptr<CallerSockets> sockets, int64_t spared, int max_vain)
      : sockets_(std::move(sockets)), spared_(spared), max_vain_(max_vain) {}

  // A TCP connection that is not gRPC's yet.
  void Add(int descriptor);
  // So many bytes of this peer's, received already, were an RPC's headers or a message. Any thread.
  void Explain(const std::string& peer, int64_t bytes);
  // An RPC of this peer's came to nothing: it ended before its first message, or was one more than the peer may have.
  // Any thread.
  void CountVain(const std::string& peer);

  // Looks at every connection, and ends some; how many. Where all of them together have more unexplained bytes than
  // `bound`, those that brought no RPC since the last look are first to go, the heaviest of them before the others.
  int Look(int64_t bound);

  // Of what the looks since the last EndPingers() have seen: ends those that have brought more than `pings` bytes, and
  // no RPC; how many.
  int EndPingers(int64_t pings);

  // For the thread of Add and Look, or under one lock with them.
  bool empty() const { return connections_.empty(); }

 private:
  struct Connection {
    int descriptor = -1;
    uint64_t id = 0;
    std::string peer;
    int64_t received = 0;
    int64_t unexplained = 0;
    bool idle = true;  // nothing was explained since the last look
    int vain = 0;
    // At the last EndPingers(); nothing before the first, since what a connection begins with is no ping.
    std::optional<int64_t> received_then;
    bool called_since = false;  // an RPC was explained
  };
  // Of a peer, since the last look.
  struct Deeds {
    int64_t explained = 0;
    int vain = 0;
  };

  void ReadAll();
  // Those for which `is_bad` holds; how many.
  template <typename Predicate>
  int EndThose(Predicate is_bad);
  int EndThoseBeyond(int64_t bound);

  const std::unique_ptr<CallerSockets> sockets_;
  const int64_t spared_;
  const int max_vain_;
  std::vector<Connection> connections_;
  std::mutex mutex_;
  std::map<std::string, Deeds> deeds_;  // by peer
};

}  // namespace webex_gateway
