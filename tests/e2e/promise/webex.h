// A Webex for the checker: it takes POSTs of workspaces over plain HTTP, and does with each what its dice say. Whatever
// it does, it reports to the checker at the moment of doing it. It shares no code with the sandbox, so that the two
// cannot be wrong together.
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

// What becomes of a POST.
enum class Fate {
  kOk,           // makes the workspace, answers 200 with it
  kAccepted,     // makes it, answers 202 without it
  kLate,         // as kOk, after up to 3 s
  kLost,         // makes it, closes the connection without an answer
  kMade500,      // makes it, answers 500
  kMadeTooLate,  // makes it when the gateway has given the attempt up
  kClosed,       // closes the connection, having done nothing
  kBare500,      // answers so, having done nothing; and so on
  kBadGateway,
  kBusy,         // 503 with Retry-After
  kRateLimited,  // 429 with Retry-After
  kRefused,      // 400
};

struct Manners {
  std::map<Fate, int> weights;  // relative to one another
  // The first POSTs, so many, get a 429, and this Retry-After.
  int rate_limited_first = 0;
  absl::Duration retry_after = absl::Seconds(1);
};

// All that a Webex may do: of ten orders some three meet trouble.
Manners Moody();
// Nothing goes wrong at this Webex.
Manners Calm();
// It takes its time, and asks the first order to come again in a while: so orders wait in the gateway.
Manners Crowded(absl::Duration retry_after);

// The gateway's --attempt_timeout in these tests. A Webex that is too late acts after it, and at the latest by the
// second.
inline constexpr absl::Duration kAttemptTimeout = absl::Seconds(3);
inline constexpr absl::Duration kActsWithin = absl::Seconds(5);

class Webex {
 public:
  // Dice depend on the seed and on the order, not on the moment.
  Webex(Checker& checker, uint64_t seed, Manners manners);
  Webex(const Webex&) = delete;
  Webex& operator=(const Webex&) = delete;
  ~Webex();

  int port() const { return port_; }
  int posts() const;
  // True once a first connection has come; false where none has for so long.
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
