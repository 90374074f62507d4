// Compares every answer with what Webex had done at that moment. Webex and the callers report every event here, when it
// happens, from any thread. One lock makes Webex's action and its record one step, so "at that moment" is well-defined.
//
// The faults:
//
//   twice          a user has two workspaces
//   ok             OK, but there is no such workspace of this order
//   not_applied    answered for an order that exists
//   acted_later    an order came to exist although every call was answered, or a resolution stated, that it does
//                  not, and nobody has ordered it since
//   unchanged      answered to the only call, although that call was acted on
//   taken_back     unknown by the record, after OK
//   too_early      a resolution as not applied was accepted although the order may still be sent
//   unresolved     an order whose result nobody could learn
//
// "unknown" is always allowed. It has a price in the rules below: from then on the order is at large, and may come to
// exist at any time, until a later answer or a resolution states its result.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace webex_gateway::promise {

// What an answer states about the order.
enum class Word {
  kOk,          // it exists, and this is the workspace
  kNotApplied,  // it does not exist, and no call before this answer will change that
  kUnchanged,   // this call changed nothing; nothing is stated about earlier ones
  kUnknown,     // it exists or may come to exist
  kNothing,     // only of GetOperation: it is under way, unknown, or not on record
};
absl::string_view NameOf(Word word);

enum class Rule { kTwice, kOk, kNotApplied, kActedLater, kUnchanged, kTakenBack, kTooEarly, kUnresolved };
absl::string_view NameOf(Rule rule);

struct Answer {
  Word word = Word::kUnknown;
  std::string reason{};        // ErrorInfo's, for the order's story
  std::string workspace_id{};  // with kOk; empty if Webex accepted the order without returning it
  std::string request_id{};    // from the answer; used if the caller gave none
  bool by_the_record = false;  // it is not about the call, but about the record
};

struct Fault {
  Rule rule;
  std::string user_id{};
  std::string said{};   // the reason of the answer that broke the rule
  std::string story{};  // everything known about the order, a line for each event
};

class Checker {
  struct Order;

 public:
  enum class Kind { kOrder, kGet };
  // A call under way: the facts by which its answer will be judged.
  struct Call {
    Kind kind;
    Order& order;
    std::string where;
    bool alone;                // no other call was under way when it began
    int begun;                 // this many had begun by then, including this one
    bool at_large_before;      // the state when it began,
    size_t workspaces_before;  // likewise
  };

  // Webex acts on a POST: from now on the user has one more workspace. Returns its id.
  std::string Act(const std::string& request_id, const std::string& user_id);
  // What Webex Control Hub shows: the user's workspace; empty: none.
  std::string WorkspaceOf(const std::string& user_id) const;

  // A call begins, to the gateway called `where`, and is answered. An order may come without a request id; then its
  // user may have no other.
  Call Begin(Kind kind, const std::string& request_id, const std::string& user_id, absl::string_view where);
  void End(const Call& call, const Answer& answer);

  // The gateway has accepted a resolution of an UNKNOWN order: it is this workspace; empty: none.
  void Resolved(const std::string& request_id, const std::string& user_id, const std::string& workspace_id);
  // A fault that a caller has found itself, kTooEarly or kUnresolved.
  void Complain(Rule rule, const std::string& request_id, const std::string& user_id);
  // Only for the story.
  void Note(const std::string& request_id, const std::string& user_id, absl::string_view what);

  std::vector<Fault> faults() const;
  int workspaces() const;
  // The number of each answer, for example "not_applied WEBEX_RATE_LIMITED".
  std::map<std::string, int> answers() const;

 private:
  // What was ordered under one request id.
  struct Order {
    std::string request_id;
    std::string user_id;
    std::vector<std::string> workspaces{};
    std::string resolved_as{};  // by someone; it may be another order's workspace, if one went wrong before
    int open = 0;               // calls under way that may send it
    int begun = 0;              // all of them
    bool at_large = false;      // an earlier call may have left something on its way to Webex
    bool ok_told = false;
    std::vector<std::string> story{};
  };

  Order& Find(const std::string& request_id, const std::string& user_id);
  void Judge(const Call& call, const Answer& answer);
  void Tell(Order& order, absl::string_view event) const;
  void Blame(Rule rule, Order& order, absl::string_view said = "");

  const absl::Time began_ = absl::Now();
  mutable std::mutex mutex_;
  std::deque<Order> orders_;  // which must not move
  std::map<std::string, Order*> by_id_;
  std::map<std::string, Order*> without_id_;                       // by user
  std::map<std::string, std::vector<std::string>> workspaces_of_;  // by user
  int workspaces_ = 0;
  std::map<std::string, int> answers_;
  std::vector<std::pair<Fault, const Order*>> faults_;  // without their stories, which continue
};

}  // namespace webex_gateway::promise
