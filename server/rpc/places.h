// How many RPCs callers may have under way, and how they share them. One with much metadata takes several places. For
// one thread, except taken() and refused().
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

namespace webex_gateway {

class Places {
 public:
  struct Bounds {
    int calls = 0;                   // unary RPCs of all callers
    int calls_per_connection = 0;    // RPCs; not on unix sockets, where all connections have one name
    int streams = 0;                 // RPCs without an end (Health/Watch, reflection), which have separate places
    int streams_per_connection = 0;  // likewise not on unix sockets
    int streams_per_account = 0;
  };
  enum class Kind { kCall, kStream };
  // The holder of an RPC under way.
  struct Holder {
    Kind kind = Kind::kCall;
    std::string connection;  // gRPC's name of the peer
    std::string account;     // see AccountOf
    int places = 1;
  };
  enum class Verdict {
    kAdmitted,
    kNoneLeft,
    kTooManyOnConnection  // more than a client sends that observes the server's limit
  };

  explicit Places(Bounds bounds) : bounds_(bounds) {}

  // An account may use free places of `calls`, but at most four times as many as it leaves to others.
  Verdict Enter(const Holder& holder);
  // After Enter has admitted it.
  void Leave(const Holder& holder);

  // Any thread.
  int taken(Kind kind) const { return Of(kind).taken; }
  // How often Enter has answered kNoneLeft.
  int64_t refused(Kind kind) const { return Of(kind).refused; }
  const Bounds& bounds() const { return bounds_; }

 private:
  struct Taken {
    std::atomic<int> taken{0};
    std::atomic<int64_t> refused{0};
    std::map<std::string, int> by_connection;
    std::map<std::string, int> by_account;
  };
  Taken& Of(Kind kind) { return kind == Kind::kCall ? calls_ : streams_; }
  const Taken& Of(Kind kind) const { return kind == Kind::kCall ? calls_ : streams_; }

  const Bounds bounds_;
  Taken calls_;
  Taken streams_;
};

}  // namespace webex_gateway
