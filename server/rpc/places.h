// How many RPCs callers may have under way, and how they share them. One with much metadata takes several places. For
// one thread, but for taken().
#pragma once

#include <atomic>
#include <map>
#include <string>

namespace webex_gateway {

class Places {
 public:
  struct Bounds {
    int calls = 0;                 // unary RPCs, of all callers
    int calls_per_connection = 0;  // RPCs; not on unix sockets, where all connections have one name
    int streams = 0;               // that may last for ever (Health/Watch, reflection): these have places of their own
    int streams_per_connection = 0;  // nor these
    int streams_per_account = 0;
  };
  enum class Kind { kCall, kStream };
  // Who has an RPC under way.
  struct Holder {
    Kind kind = Kind::kCall;
    std::string connection;  // as gRPC names its peer
    std::string account;     // see AccountOf
    int places = 1;
  };
  enum class Verdict {
    kAdmitted,
    kNoneLeft,
    kTooManyOnConnection  // more than a client brings that minds what the server says of its bound
  };

  explicit Places(Bounds bounds) : bounds_(bounds) {}

  // An account may fill what is free of `calls`, but has no more than four times as many as it leaves to others.
  Verdict Enter(const Holder& holder);
  // After Enter has admitted it.
  void Leave(const Holder& holder);

  // Any thread.
  int taken(Kind kind) const { return kind == Kind::kCall ? calls_.taken : streams_.taken; }
  const Bounds& bounds() const { return bounds_; }

 private:
  struct Taken {
    std::atomic<int> taken{0};
    std::map<std::string, int> by_connection;
    std::map<std::string, int> by_account;
  };
  Taken& Of(Kind kind) { return kind == Kind::kCall ? calls_ : streams_; }

  const Bounds bounds_;
  Taken calls_;
  Taken streams_;
};

}  // namespace webex_gateway
