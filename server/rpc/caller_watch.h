// Finds the connections whose callers make gRPC 1.51 work for nothing, and ends them. There are four kinds.
//
// Headers without end: it keeps them for as long as they keep coming, and those of an RPC that it refuses for as long
// as the connection lives; a byte that names a header can cost it 240 (of the kind of CVE-2023-33953). It tells
// nobody of them; but the kernel counts what it reads of a connection, and we see each RPC and message. Bytes that
// neither explains are such headers, or the beginning of messages.
//
// Headers of a byte each: it keeps to its bound on metadata only where headers come with their values, and hands on
// RPCs that have a hundred thousand of them. Those we count ourselves.
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
  struct Bytes {
    int64_t taken = 0;   // read by gRPC so far, all in all
    int64_t unread = 0;  // in the kernel, for gRPC to read
  };
  // Nothing once the connection has gone.
  virtual std::optional<Bytes> Count(int descriptor, uint64_t id) = 0;
  virtual void End(int descriptor, uint64_t id) = 0;
};

std::unique_ptr<CallerSockets> CreateKernelSockets();

class CallerWatch {
 public:
  // A connection with more than `max_aborted` aborted RPCs is always ended.
  CallerWatch(std::unique_ptr<CallerSockets> sockets, int max_aborted)
      : sockets_(std::move(sockets)), max_aborted_(max_aborted) {}

  // A TCP connection that is not gRPC's yet.
  void Add(int descriptor);
  // So many bytes of this peer's, received already, were an RPC's headers or a message. Any thread.
  void AccountFor(const std::string& peer, int64_t bytes);
  // An RPC of this peer's came to nothing: it ended before its first message, or was one more than the peer may have.
  // Any thread.
  void CountAborted(const std::string& peer);
  // This peer has done what no honest one does: the next look ends its connection. Any thread.
  void Condemn(const std::string& peer);
  // An RPC of this peer's is under way, and no longer. Any thread.
  void Begin(const std::string& peer);
  void End(const std::string& peer);

  // How many bytes may be there that are not accounted for.
  struct Patience {
    int64_t of_all = 0;  // connections together
    // Those together that have no RPC under way, and brought none since the last look; with what gRPC has yet to read
    // of them, since it may work on that for seconds before it sees that a connection has ended.
    int64_t of_quiet = 0;
    // A connection with no more than that is not ended for them: a burst of orders on it may wait for the processor.
    int64_t spared = 0;
  };
  // Looks at every connection, and ends some; how many. Quiet ones are first to go, the heaviest before the others.
  int Look(const Patience& patience);

  // Of what the looks since the last EndPingers() have seen: ends those that have brought more than `pings` bytes, and
  // no RPC; how many.
  int EndPingers(int64_t pings);

  // Ends the connection that has been without an RPC for longest; false where each has one under way.
  bool EndLongestIdle();

  // For the thread of Add and Look, or under one lock with them.
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
    int64_t idle_since = 0;  // the number of the look before which it last had one, or came
    int aborted = 0;
    bool condemned = false;
    // At the last EndPingers(); nothing before the first, since what a connection begins with is no ping.
    std::optional<int64_t> taken_then;
    bool called_since = false;  // an RPC was accounted for
  };
  // Of a peer, since the last look.
  struct Activity {
    int64_t accounted = 0;
    int aborted = 0;
    bool condemned = false;
    int begun = 0;
    int ended = 0;
  };

  void ReadAll();
  // Quiet ones before the others, and then by bytes.
  struct Weight {
    bool is_quiet = false;
    int64_t bytes = 0;
    auto operator<=>(const Weight&) const = default;
  };
  struct Weighed {
    Connection* connection = nullptr;
    Weight weight;
  };
  // The heaviest of them, until the others have no more than `bound` together.
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
