// Holds every answer against what Webex had done at that moment. Webex and the callers report here whatever happens, as
// it happens, from any thread. One lock makes what Webex does and its record one step, so "at that moment" has a
// meaning.
//
// What counts as a fault:
//
//   twice          a user has two workspaces
//   ok             OK, but there is no such workspace of this order
//   not_applied    said of an order that exists
//   acted_later    an order came to exist although every call was told, or a resolution said, that it does not, and
//                  nobody has asked for it since
//   unchanged      said to the only call that there was, and that call was acted on
//   taken_back     unknown by the record, after OK
//   too_early      someone's word that an order does not exist, taken although it may still be sent
//   unresolved     an order whose end nobody could learn
//
// "unknown" may always be said. It has a price that the rules below name: from then on the order is at large, and may
// come to exist at any time, until a later answer or a resolution says how it ended.
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

// What an answer says of the order.
enum class Word {
  kOk,          // it exists, and this is the workspace
  kNotApplied,  // it does not exist, and no call that came before this answer will change that
  kUnchanged,   // this call changed nothing; of earlier ones nothing is said
  kUnknown,     // it may exist, or come to
  kNothing,     // only of GetOperation: it is under way, unknown, or not on record
};
absl::string_view NameOf(Word word);

enum class Rule { kTwice, kOk, kNotApplied, kActedLater, kUnchanged, kTakenBack, kTooEarly, kUnresolved };
absl::string_view NameOf(Rule rule);

struct Answer {
  Word word = Word::kUnknown;
  std::string reason{};        // ErrorInfo's, for the order's story
  std::string workspace_id{};  // with kOk; empty where Webex took the order without saying which
  std::string request_id{};    // as the answer says; counts where the caller gave none
  bool by_the_record = false;  // it is not about the call, but about what is on record
};

struct Fault {
  Rule rule;
  std::string user_id{};
  std::string said{};   // the reason of the answer that broke it
  std::string story{};  // all that is known of the order, a line for each event
};

class Checker {
  struct Order;

 public:
  enum class Kind { kOrder, kGet };
  // A call under way: what its answer will be judged by.
  struct Call {
    Kind kind;
    Order& order;
    std::string where;
    bool alone;                // no other call was under way when it began
    int begun;                 // so many had begun by then, it included
    bool at_large_before;      // as things were when it began,
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

  // The gateway has taken someone's word for what became of an UNKNOWN order: that it is this workspace; empty: none.
  void Resolved(const std::string& request_id, const std::string& user_id, const std::string& workspace_id);
  // What a caller has found out for itself, kTooEarly or kUnresolved.
  void Complain(Rule rule, const std::string& request_id, const std::string& user_id);
  // For the story alone.
  void Note(const std::string& request_id, const std::string& user_id, absl::string_view what);

  std::vector<Fault> faults() const;
  int workspaces() const;
  // How often which answer was given, for example "not_applied WEBEX_RATE_LIMITED".
  std::map<std::string, int> answers() const;

 private:
  // What was ordered under one request id.
  struct Order {
    std::string request_id;
    std::string user_id;
    std::vector<std::string> workspaces{};
    std::string resolved_as{};  // someone's word; it may be another order's workspace, if one went wrong before
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
  std::deque<Order> orders_;  // that stay put
  std::map<std::string, Order*> by_id_;
  std::map<std::string, Order*> without_id_;                       // by user
  std::map<std::string, std::vector<std::string>> workspaces_of_;  // by user
  int workspaces_ = 0;
  std::map<std::string, int> answers_;
  std::vector<std::pair<Fault, const Order*>> faults_;  // without their stories, which go on
};

}  // namespace webex_gateway::promise
