// Finds and ends connections whose callers waste gRPC 1.51's resources. There are four kinds.
//
// Endless headers: gRPC keeps them as long as they keep coming, and those of an RPC that it refuses as long as the
// connection lives; a byte that names a header can cost it 240 (similar to CVE-2023-33953). It reports them to nobody;
// but the kernel counts what it reads from a connection, and we see each RPC and message. Bytes that belong to neither
// are such headers, or the beginning of messages.
//
// Headers of one byte each: gRPC enforces its limit on metadata only for headers that come with their values, and
// passes on RPCs with a hundred thousand of them. We count those ourselves.
//
// RPCs that are reset as soon as they are open (CVE-2023-44487): each costs the caller some hundred bytes, and they do
// not count as streams. We notice that they are aborted.
//
// Endless pings: gRPC could refuse them, but spends 8 us on each ping beyond its limit until the connection stops
// sending. So all are answered, at 0.1 us each; a flood of them counts as unexplained bytes, and a connection that
// pings every second and makes no calls is ended.
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

// What the kernel knows about callers' connections. gRPC owns the descriptors and may close one at any moment, so that
// its number is reused; `id` is never reused.
class CallerSockets {
 public:
  struct Caller {
    uint64_t id = 0;
    std::string peer;  // as gRPC names it: "ipv4:192.0.2.1:50000"
  };

  virtual ~CallerSockets() = default;
  virtual std::optional<Caller> Identify(int descriptor) = 0;
  struct Bytes {
    int64_t taken = 0;   // read by gRPC so far, in total
    int64_t unread = 0;  // in the kernel, for gRPC to read
  };
  // Nothing once the connection has gone.
  virtual std::optional<Bytes> Count(int descriptor, uint64_t id) = 0;
  virtual void End(int descriptor, uint64_t id) = 0;
};

std::unique_ptr<CallerSockets> CreateKernelSockets();

class CallerWatch {
 public:
  // Connections with more than `max_aborted` aborted RPCs are always ended.
  CallerWatch(std::unique_ptr<CallerSockets> sockets, int max_aborted)
      : sockets_(std::move(sockets)), max_aborted_(max_aborted) {}

  // Call it for a TCP connection before gRPC gets it.
  void Add(int descriptor);
  // This many bytes received from this peer were an RPC's headers or a message. Any thread.
  void AccountFor(const std::string& peer, int64_t bytes);
  // An RPC from this peer was aborted: it ended before its first message, or exceeded the number that the peer may
  // have. Any thread.
  void CountAborted(const std::string& peer);
  // This peer did what no honest peer does: the next look ends its connection. Any thread.
  void Condemn(const std::string& peer);
  // An RPC from this peer begins, and ends. Any thread.
  void Begin(const std::string& peer);
  void End(const std::string& peer);

  // How many unaccounted bytes are allowed.
  struct Patience {
    int64_t of_all = 0;  // for all connections together
    // For all connections together that have no RPC under way and brought none since the last look; including bytes
    // that gRPC has yet to read, since it may process these for seconds before it notices that a connection has ended.
    int64_t of_quiet = 0;
    // A connection with no more than this is not ended: a burst of orders on it may wait for the processor.
    int64_t spared = 0;
  };
  // Looks at every connection, ends some, and returns how many. Ends quiet ones first, except those with little, which
  // may be an order that waits for the processor; and the heaviest before the others.
  int Look(const Patience& patience);

  // Ends connections that have brought more than `pings` bytes, but no RPC, in the looks since the last EndPingers();
  // returns how many.
  int EndPingers(int64_t pings);

  // Ends the connection that has been without an RPC for the longest time; false if each has one under way.
  bool EndLongestIdle();

  // For the thread of Add and Look, or under the same lock.
  bool empty() const { return connections_.empty(); }

 private:
  struct Connection {
    int descriptor = -1;
    uint64_t id = 0;
    std::string peer;
    int64_t taken = 0;
    int64_t unread = 0;
    int64_t unaccounted = 0;
    int under_way = 0;       // RPCs
    int64_t idle_since = 0;  // the number of the look before which it last had one, or arrived
    int aborted = 0;
    bool condemned = false;
    // At the last EndPingers(); nothing before the first, since a connection does not begin with a ping.
    std::optional<int64_t> taken_then;
    bool called_since = false;  // an RPC was accounted for
  };
  // A peer's activity since the last look.
  struct Activity {
    int64_t accounted = 0;
    int aborted = 0;
    bool condemned = false;
    int begun = 0;
    int ended = 0;
  };

  void ReadAll();
  struct Weight {
    bool goes_first = false;
    int64_t bytes = 0;
    auto operator<=>(const Weight&) const = default;
  };
  struct Weighed {
    Connection* connection = nullptr;
    Weight weight;
  };
  // Ends the heaviest of them, until the others have no more than `bound` together.
  static void CondemnHeaviest(std::vector<Weighed> connections, int64_t bound, int64_t spared);
  void CondemnHeaviestQuiet(const Patience& patience);
  void CondemnHeaviest(const Patience& patience);
  int EndCondemned();
  bool IsQuiet(const Connection& connection) const { return connection.idle_since < looks_; }

  const std::unique_ptr<CallerSockets> sockets_;
  const int max_aborted_;
  std::vector<Connection> connections_;
  int64_t looks_ = 0;
  std::mutex mutex_;
  std::map<std::string, Activity> activity_;  // by peer
};

}  // namespace webex_gateway
