#include "tests/e2e/promise/webex.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace webex_gateway::promise {
namespace {

constexpr char kTracking[] = "WXGW_";

bool Send(int socket, int status, absl::string_view headers, absl::string_view body) {
  const std::string bytes = absl::StrCat("HTTP/1.1 ", status, " -\r\nContent-Type: application/json\r\n", headers,
                                         "Content-Length: ", body.size(), "\r\n\r\n", body);
  return send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

std::string RetryAfter(absl::Duration time) {
  return absl::StrCat("Retry-After: ", absl::ToInt64Seconds(time), "\r\n");
}

std::string Header(absl::string_view head, absl::string_view name) {
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (absl::EqualsIgnoreCase(parts.first, name)) return std::string(absl::StripAsciiWhitespace(parts.second));
  }
  return "";
}

// The member's text. Orders in these tests contain nothing that JSON would escape.
std::string Member(absl::string_view json, absl::string_view name) {
  const std::string key = absl::StrCat("\"", name, "\":\"");
  const size_t at = json.find(key);
  if (at == absl::string_view::npos) return "";
  const absl::string_view rest = json.substr(at + key.size());
  return std::string(rest.substr(0, rest.find('"')));
}

}  // namespace

Manners Moody() {
  return {{{Fate::kOk, 700},
           {Fate::kAccepted, 40},
           {Fate::kLate, 60},
           {Fate::kLost, 30},
           {Fate::kMade500, 15},
           {Fate::kMadeTooLate, 10},
           {Fate::kClosed, 20},
           {Fate::kBare500, 10},
           {Fate::kBadGateway, 10},
           {Fate::kBusy, 50},
           {Fate::kRateLimited, 3},  // each slows all orders down for a while
           {Fate::kRefused, 52}}};
}

Manners Calm() { return {{{Fate::kOk, 1}}}; }

Manners Crowded(absl::Duration retry_after) { return {{{Fate::kLate, 1}}, /*rate_limited_first=*/1, retry_after}; }

Webex::Webex(Checker& checker, uint64_t seed, Manners manners)
    : checker_(checker), seed_(seed), manners_(std::move(manners)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener_, 512), 0);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

Webex::~Webex() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (Connection& connection : connections_) {
    shutdown(connection.socket, SHUT_RDWR);
    connection.thread.join();
    close(connection.socket);
  }
  close(listener_);
}

int Webex::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

bool Webex::AwaitConnection(absl::Duration limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, absl::ToChronoMilliseconds(limit), [this] { return connected_; });
}

void Webex::Accept() {
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    connected_ = true;
    changed_.notify_all();
    Connection& connection = connections_.emplace_back(Connection{socket, {}});
    connection.thread = std::thread([this, socket] { Serve(socket); });
  }
}

void Webex::Serve(int socket) {
  std::string pending;
  for (Post post; Read(socket, pending, post) && Treat(socket, post);) {
  }
  shutdown(socket, SHUT_RDWR);
}

bool Webex::Read(int socket, std::string& pending, Post& post) {
  constexpr char kEndOfHead[] = "\r\n\r\n";
  while (true) {
    const size_t end = pending.find(kEndOfHead);
    size_t length = 0;
    if (end != std::string::npos && absl::SimpleAtoi(Header(pending.substr(0, end), "Content-Length"), &length) &&
        pending.size() >= end + 4 + length) {
      const std::string head = pending.substr(0, end);
      post.body = pending.substr(end + 4, length);
      post.user_id = Member(post.body, "userId");
      const std::string tracking = Header(head, "TrackingID");
      post.request_id = std::string(absl::StripPrefix(tracking.substr(0, tracking.rfind('_')), kTracking));
      EXPECT_TRUE(absl::StartsWith(head, "POST /v1/broadworks/workspaces ") && !post.user_id.empty()) << pending;
      pending.erase(0, end + 4 + length);
      return true;
    }
    char bytes[4096];
    const ssize_t size = recv(socket, bytes, sizeof bytes, 0);
    if (size <= 0) return false;
    pending.append(bytes, size);
  }
}

bool Webex::Treat(int socket, const Post& post) {
  const Fate fate = Roll(post);
  // Without an answer the delay is short, so that the order's caller is still connected.
  const absl::Duration pause = absl::Milliseconds(std::hash<std::string>()(post.request_id) % 40);
  if (!Wait(pause)) return false;
  switch (fate) {
    case Fate::kOk:
      return Send(socket, 200, "", Make(post));
    case Fate::kAccepted:
      Make(post);
      return Send(socket, 202, "", "");
    case Fate::kLate:
      return Wait(75 * pause) && Send(socket, 200, "", Make(post));
    case Fate::kLost:
      Make(post);
      return false;
    case Fate::kMade500:
      Make(post);
      return Send(socket, 500, "", "");
    case Fate::kMadeTooLate:
      if (Wait(kAttemptTimeout + 40 * pause)) Make(post);
      return false;
    case Fate::kClosed:
      return false;
    case Fate::kBare500:
      return Send(socket, 500, "", "");
    case Fate::kBadGateway:
      return Send(socket, 502, "", "<html>");
    case Fate::kBusy:
      return Send(socket, 503, RetryAfter(absl::Seconds(1)), "");
    case Fate::kRateLimited:
      return Send(socket, 429, RetryAfter(manners_.retry_after), "");
    case Fate::kRefused:
      return Send(socket, 400, "", R"({"message":"no such enterprise"})");
  }
  return false;
}

Fate Webex::Roll(const Post& post) {
  const std::lock_guard lock(mutex_);
  checker_.Note(post.request_id, post.user_id, "a POST arrives");
  if (++posts_ <= manners_.rate_limited_first) return Fate::kRateLimited;
  const int nth = ++posts_of_[post.request_id];
  std::vector<int> weights;
  for (const auto& [fate, weight] : manners_.weights) weights.push_back(weight);
  std::mt19937_64 dice(seed_ ^ std::hash<std::string>()(absl::StrCat(post.request_id, nth)));
  const int rolled = std::discrete_distribution<int>(weights.begin(), weights.end())(dice);
  return std::next(manners_.weights.begin(), rolled)->first;
}

// The order as received, with the workspace's id.
std::string Webex::Make(const Post& post) {
  const std::string id = checker_.Act(post.request_id, post.user_id);
  return absl::StrCat("{\"id\":\"", id, "\",", post.body.substr(1));
}

// False: the test is over.
bool Webex::Wait(absl::Duration time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, absl::ToChronoMicroseconds(time), [this] { return stopping_; });
}

}  // namespace webex_gateway::promise
