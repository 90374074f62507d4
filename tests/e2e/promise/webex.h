// A Webex for the checker: it accepts POSTs of workspaces over plain HTTP, and handles each as its dice decide. It
// reports every action to the checker at the moment when it happens. It shares no code with the sandbox, so that they
// do not share faults.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/e2e/promise/checker.h"

namespace webex_gateway::promise {

// What happens to a POST.
enum class Fate {
  kOk,           // creates the workspace, answers 200 with it
  kAccepted,     // creates it, answers 202 without it
  kLate,         // like kOk, after up to 3 s
  kLost,         // creates it, closes the connection without an answer
  kMade500,      // creates it, answers 500
  kMadeTooLate,  // creates it after the gateway has given up the attempt
  kClosed,       // closes the connection without creating it
  kBare500,      // answers 500 without creating it; the same for those below
  kBadGateway,
  kBusy,         // 503 with Retry-After
  kRateLimited,  // 429 with Retry-After
  kRefused,      // 400
};

struct Manners {
  std::map<Fate, int> weights;  // relative to one another
  // This many first POSTs get a 429 with this Retry-After.
  int rate_limited_first = 0;
  absl::Duration retry_after = absl::Seconds(1);
};

// Everything that a Webex may do: about three of ten orders meet trouble.
Manners Moody();
// Nothing goes wrong at this Webex.
Manners Calm();
// It is slow, and asks the first order to retry later: so orders wait in the gateway.
Manners Crowded(absl::Duration retry_after);

// The gateway's --attempt_timeout in these tests. With kMadeTooLate Webex acts after the first of these times, at the
// latest by the second.
inline constexpr absl::Duration kAttemptTimeout = absl::Seconds(3);
inline constexpr absl::Duration kActsWithin = absl::Seconds(5);

class Webex {
 public:
  // Dice depend on the seed and on the order, not on the time.
  Webex(Checker& checker, uint64_t seed, Manners manners);
  Webex(const Webex&) = delete;
  Webex& operator=(const Webex&) = delete;
  ~Webex();

  int port() const { return port_; }
  int posts() const;
  // True once a first connection has arrived; false if none has for this long.
  bool AwaitConnection(absl::Duration limit);

 private:
  struct Post {
    std::string request_id;
    std::string user_id;
    std::string body;
  };

  void Accept();
  void Serve(int socket);
  // False: the connection ends.
  bool Treat(int socket, const Post& post);
  bool Read(int socket, std::string& pending, Post& post);
  Fate Roll(const Post& post);
  std::string Make(const Post& post);
  bool Wait(absl::Duration time);

  Checker& checker_;
  const uint64_t seed_;
  const Manners manners_;
  int listener_ = -1;
  int port_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool connected_ = false;
  int posts_ = 0;
  std::map<std::string, int> posts_of_;  // by request id
  struct Connection {
    int socket;
    std::thread thread;
  };
  std::list<Connection> connections_;
  std::thread acceptor_;
};

}  // namespace webex_gateway::promise
