// What a libpq URL asks for, and whether the gateway accepts it.

#include <arpa/inet.h>
#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/ledger/postgresql/connection.h"

namespace webex_gateway {
namespace {

bool IsPassword(const PQconninfoOption& option) {
  const absl::string_view keyword = option.keyword;
  return (keyword == "password" || keyword == "sslpassword") && option.val != nullptr;
}

using Options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

bool IsAddress(const PQconninfoOption& option) {
  const absl::string_view keyword = option.keyword;
  return keyword == "host" || keyword == "hostaddr" || keyword == "port";
}

using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;

// A connection with these options, except those in `except`, and then with `others`, which make libpq refuse it before
// it connects.
Connection Refused(const PQconninfoOption* options, bool (*except)(const PQconninfoOption&),
                   const std::vector<std::pair<const char*, const char*>>& others) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  const auto add = [&](const char* keyword, const char* value) {
    keywords.push_back(keyword);
    values.push_back(value);
  };
  for (; options->keyword != nullptr; ++options) {
    if (options->val != nullptr && !except(*options)) add(options->keyword, options->val);
  }
  for (const auto& [keyword, value] : others) add(keyword, value);
  add("password", "none");  // otherwise libpq would look for one
  add(nullptr, nullptr);
  return {PQconnectStartParams(keywords.data(), values.data(), 0), &PQfinish};
}

// libpq's message about it, on one line.
std::string WordsOf(const Connection& connection) {
  return std::string(absl::StripAsciiWhitespace(PQerrorMessage(connection.get())));
}

// What libpq refuses before it connects, for example an unknown sslmode; empty: nothing. It reports that only when it
// connects: here to an address where no server can be.
std::string RefusalOf(const PQconninfoOption* options) {
  const std::string words = WordsOf(Refused(options, &IsAddress, {{"host", "/dev/null"}, {"port", "1"}}));
  return absl::StartsWith(words, "invalid ") ? words : "";
}

// Where a connection would go, and how: by the URL, else by a service, else by the environment.
class Effective {
 public:
  explicit Effective(const PQconninfoOption* options) {
    // libpq has merged all sources before it checks the last of its options, which has an invalid value here.
    const auto none = [](const PQconninfoOption& /*option*/) { return false; };
    const Connection nowhere = Refused(options, none, {{"target_session_attrs", "none"}});
    options_.reset(PQconninfo(nowhere.get()));
    refusal_ = WordsOf(nowhere);
    if (absl::StartsWith(refusal_, "invalid target_session_attrs ")) refusal_.clear();
  }

  // Why libpq did not get that far (an undefined service, a wrong number of ports); empty: it did.
  const std::string& refusal() const { return refusal_; }

  absl::string_view operator[](absl::string_view keyword) const {
    for (const PQconninfoOption* option = options_.get(); option != nullptr && option->keyword != nullptr; ++option) {
      if (option->keyword == keyword && option->val != nullptr) return option->val;
    }
    return "";
  }

 private:
  Options options_{nullptr, &PQconninfoFree};
  std::string refusal_;
};

// A unix socket (no host at all, a path, or an abstract name), or a host that can only mean this machine. "localhost"
// does by RFC 6761.
bool IsOnThisMachine(const std::string& host) {
  if (host.empty() || host[0] == '/' || host[0] == '@' || absl::EqualsIgnoreCase(host, "localhost")) return true;
  in_addr four;
  in6_addr six;
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

// For each host the address counts, if it has one.
bool AreAllOnThisMachine(absl::string_view hosts, absl::string_view addresses) {
  const std::vector<std::string> names = absl::StrSplit(hosts, ',');
  const std::vector<std::string> numbers = absl::StrSplit(addresses, ',');
  for (size_t i = 0; i < std::max(names.size(), numbers.size()); ++i) {
    const bool has_number = i < numbers.size() && !numbers[i].empty();
    const std::string name = i < names.size() ? names[i] : "";
    if (!IsOnThisMachine(has_number ? numbers[i] : name)) return false;
  }
  return true;
}

// These fall back to no TLS if a server claims to have none: such a server would get the password. libpq's default is
// one of them.
bool FallsBack(absl::string_view sslmode) { return sslmode.empty() || sslmode == "prefer" || sslmode == "allow"; }

// One for each host, or one for all.
bool ArePorts(absl::string_view ports) {
  const std::vector<absl::string_view> all = absl::StrSplit(ports, ',');
  return std::all_of(all.begin(), all.end(), [](absl::string_view port) {
    uint32_t number = 0;
    return port.empty() || (absl::SimpleAtoi(port, &number) && number >= 1 && number <= 65535);
  });
}

}  // namespace

absl::Status CheckPostgresqlUrl(const std::string& url) {
  if (!absl::StartsWith(url, "postgresql://")) {
    return absl::InvalidArgumentError("it does not begin with postgresql://");
  }
  char* fault = nullptr;  // quotes the URL, so it cannot be shown
  const Options options(PQconninfoParse(url.c_str(), &fault), &PQconninfoFree);
  PQfreemem(fault);
  if (options == nullptr) {
    return absl::InvalidArgumentError(
        "libpq cannot parse it; it must be postgresql://USER@HOST:PORT/DATABASE?NAME=VALUE&..., with libpq's parameter "
        "names");
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (IsPassword(*option)) {
      return absl::InvalidArgumentError("it contains a password, which others can read there; put it into a file");
    }
    if (option->keyword == absl::string_view("port") && option->val != nullptr && !ArePorts(option->val)) {
      return absl::InvalidArgumentError("a port must be a number from 1 to 65535");
    }
  }
  const Effective effective(options.get());
  for (const std::string& refusal : {RefusalOf(options.get()), effective.refusal()}) {
    if (!refusal.empty()) return absl::InvalidArgumentError(absl::StrCat("libpq refuses it: ", refusal));
  }
  if (FallsBack(effective["sslmode"]) && !AreAllOnThisMachine(effective["host"], effective["hostaddr"])) {
    return absl::InvalidArgumentError(
        "a server beyond loopback and unix sockets needs sslmode=verify-full in the URL (or PGSSLMODE) or, if less is "
        "intended, verify-ca, require or disable; with libpq's default, prefer, a server without TLS would get the "
        "password");
  }
  return absl::OkStatus();
}

}  // namespace webex_gateway
