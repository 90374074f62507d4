#include "server/webex/oauth_token.h"

#include <algorithm>
#include <list>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/webex/refresh_schedule.h"

namespace webex_gateway {
namespace {

// An attempt ends by the wire's own limit; this bounds the wait for a connection.
constexpr absl::Duration kRefreshLimit = absl::Seconds(30);
constexpr absl::Duration kLeastInterval = absl::Seconds(1);
constexpr absl::Duration kRefusalInterval = absl::Minutes(1);
constexpr absl::Duration kLookInterval = absl::Seconds(1);  // how often to check the operator's files while in trouble

std::string Describe(absl::Duration time) { return absl::FormatDuration(absl::Trunc(time, absl::Seconds(1))); }

bool IsTooShort(const OAuthGrant& grant) { return grant.expires_in && *grant.expires_in < kLeastLife; }

std::string Describe(const OAuthGrant& grant, bool new_refresh_token) {
  std::string text = "a new access token";
  if (grant.expires_in) absl::StrAppend(&text, ", valid for ", Describe(*grant.expires_in));
  if (grant.refresh_token_expires_in) {
    absl::StrAppend(&text, "; the refresh token is valid for ", Describe(*grant.refresh_token_expires_in));
  }
  if (new_refresh_token) absl::StrAppend(&text, "; it is a new one");
  if (IsTooShort(grant)) {
    absl::StrAppend(&text, "; that is very short, so it counts as valid for ", Describe(kLeastLife));
  }
  return text;
}

class OAuth : public TokenSource {
 public:
  OAuth(Loop& loop, Clock& clock, absl::BitGenRef random, HttpClient& wire, OAuthPorts ports)
      : loop_(loop),
        clock_(clock),
        random_(random),
        wire_(wire),
        ports_(std::move(ports)),
        refresh_token_(clock, ports_.saved, ports_.save) {}

  void Start() override {
    if (!working_) RefreshNow();
  }

  Async<absl::StatusOr<std::string>> Token(const Call& call) override {
    while (!HasValid()) {
      if (call.stop.stop_requested()) {
        co_return SendError(SendFailure::kCancelled, "the caller disconnected before an access token arrived");
      }
      if (clock_.Now() >= call.deadline) {
        co_return SendError(SendFailure::kDeadline, "the deadline passed before an access token arrived");
      }
      if (!working_ && failure_) co_return NoToken();
      if (!working_) RefreshNow();
      co_await WorkEnded(call);
    }
    co_return access_->token;
  }

  Async<bool> HasOtherThan(std::string token, const Call& call) override {
    const bool in_use = HasValid() && IsCurrent(token);
    // Kept: Webex's own refusal tells the next calls more than a missing token would.
    if (in_use && clock_.Now() < next_refusal_) co_return false;
    if (in_use) {
      next_refusal_ = Later(clock_.Now(), kRefusalInterval);
      set_aside_ = true;
      RefreshNow();
    }
    while (working_ && !HasValid() && !call.stop.stop_requested() && clock_.Now() < call.deadline) {
      co_await WorkEnded(call);
    }
    co_return HasValid() && access_->token != token;
  }

  bool IsCurrent(const std::string& token) const override { return HasUnexpired() && access_->token == token; }

  TokenHealth Health() override {
    const auto left = [this](Clock::Time end) { return absl::FromChrono(end - clock_.Now()); };
    TokenHealth health{.usable = HasValid(),
                       .troubles = {},
                       .remedy = TokenRemedy::kOtherWebex,
                       .token_expires_in = absl::ZeroDuration()};
    if (access_) health.token_expires_in = access_->end ? std::optional(left(*access_->end)) : std::nullopt;
    if (refresh_token_end_) health.refresh_token_expires_in = left(*refresh_token_end_);
    if (failure_) health.troubles.push_back(Trouble());
    if (failure_) health.remedy = failure_->remedy;
    if (!refresh_token_.saved().ok()) health.troubles.push_back(SaveTrouble());
    return health;
  }

  void Stop(std::function<void()> stopped) override {
    timer_.reset();
    stopped_ = std::move(stopped);
    if (working_) return;
    refresh_token_.save_failed() ? Begin() : TellStopped();
  }

 private:
  struct Access {
    std::string token;
    std::optional<Clock::Time> end;
  };

  struct Failure {
    std::string what;    // also for callers
    std::string detail;  // only for the operator
    TokenRemedy remedy = TokenRemedy::kWait;
  };

  bool HasUnexpired() const { return access_ && (!access_->end || clock_.Now() < *access_->end); }
  bool HasValid() const { return HasUnexpired() && !set_aside_; }

  absl::Status NoToken() const {
    if (failure_->remedy != TokenRemedy::kWait) return SendError(SendFailure::kNoToken, failure_->what);
    const absl::Duration wait = std::max(absl::ZeroDuration(), absl::FromChrono(due_ - clock_.Now()));
    return SendError(SendFailure::kNoToken, failure_->what, wait);
  }

  void RefreshNow() {
    due_ = clock_.Now();
    if (!working_) Begin();
  }

  // Everything that takes time, refreshing and saving, is done in one coroutine, one at a time.
  void Begin() {
    working_ = true;
    timer_.reset();
    Spawn(loop_, Work());
  }

  Async<void> Work() {
    do {
      if (clock_.Now() >= due_ && !stopped_) co_await Refresh();
      if (stopped_ ? refresh_token_.save_failed() : refresh_token_.save_due()) co_await Save();
    } while (clock_.Now() >= due_ && !stopped_);
    working_ = false;
    for (Event* call : waiting_) call->Set();
    if (stopped_) {
      TellStopped();
    } else {
      Rest();
    }
  }

  // The callback may destroy the source at once, from another thread.
  void TellStopped() {
    const auto stopped = std::move(stopped_);
    stopped();
  }

  Async<void> WorkEnded(const Call& call) {
    Event woken;
    const auto place = waiting_.insert(waiting_.end(), &woken);
    const auto timer = clock_.At(call.deadline, [&woken] { woken.Set(); });
    const auto leave = [&woken] { woken.Set(); };
    const std::stop_callback on_stop(call.stop, leave);
    co_await woken.Wait();
    waiting_.erase(place);
  }

  // Waits until there is something to do.
  void Rest() {
    const bool in_trouble = failure_ || !refresh_token_.saved().ok();
    const Clock::Time next = in_trouble ? std::min(due_, Later(clock_.Now(), kLookInterval)) : due_;
    timer_ = clock_.At(next, [this] { Look(); });
  }

  void Look() {
    if (failure_ && OperatorGaveOthers()) due_ = clock_.Now();
    if (clock_.Now() >= due_ || refresh_token_.save_due()) {
      Begin();
    } else {
      Rest();
    }
  }

  bool OperatorGaveOthers() const {
    const absl::StatusOr<OAuthCredentials> given = ports_.read();
    return given.ok() && (!given_.ok() || *given != *given_);
  }

  Async<void> Refresh() {
    // Taken before the request leaves: a slow answer must not lengthen the token's life.
    const Clock::Time begun = clock_.Now();
    given_ = ports_.read();
    if (!given_.ok()) {
      // The fault may name a path, so it is not for callers.
      Fail({.what = "the gateway's OAuth files cannot be read", .remedy = TokenRemedy::kFiles},
           given_.status().message());
      co_return;
    }
    OAuthCredentials credentials = *given_;
    credentials.refresh_token = refresh_token_.InUse(given_->refresh_token);
    Call call{.request_id = "oauth_refresh", .deadline = Later(begun, kRefreshLimit)};
    HttpRequest request = RefreshRequest(credentials);
    const absl::StatusOr<HttpAnswer> answer = co_await wire_.Send(std::move(request), call);
    // If the answer was lost, Webex may or may not have replaced this refresh token. The next attempt, again with this
    // one, will show it.
    auto result = ReadRefreshAnswer(answer, clock_.WallNow());
    if (auto* const grant = std::get_if<OAuthGrant>(&result)) {
      co_await Take(*grant, credentials.refresh_token, begun);
    } else {
      Fail(std::get<RefreshFailure>(result), "");
    }
  }

  Async<void> Take(const OAuthGrant& grant, const std::string& sent, Clock::Time begun) {
    const bool is_new = !grant.refresh_token.empty() && grant.refresh_token != sent;
    if (is_new) refresh_token_.Replace(grant.refresh_token);
    co_await Save();  // first: once the access token is used, the previous refresh token may be invalid
    refresh_token_end_.reset();
    if (grant.refresh_token_expires_in) refresh_token_end_ = Later(begun, *grant.refresh_token_expires_in);
    Access access{grant.access_token, std::nullopt};
    if (grant.expires_in) access.end = Later(begun, LifeOf(*grant.expires_in));
    if (access.end && clock_.Now() >= *access.end) {
      Fail({.what = "Webex's access token had expired when it arrived"}, "");
      co_return;
    }
    Use(access, grant.expires_in);
    ports_.tell(Describe(grant, is_new), IsTooShort(grant));
  }

  void Use(const Access& access, std::optional<absl::Duration> expires_in) {
    access_ = access;
    set_aside_ = false;
    due_ = Later(clock_.Now(), absl::InfiniteDuration());
    if (expires_in) {
      const Clock::Time early = Later(*access.end, -RefreshMargin(LifeOf(*expires_in), random_));
      due_ = std::max(early, Later(clock_.Now(), kLeastInterval));
    }
    failure_.reset();
    failures_ = 0;
  }

  void Fail(RefreshFailure failure, absl::string_view detail) {
    const absl::Duration wait = WaitAfterFailure(failure, ++failures_, random_);
    due_ = Later(clock_.Now(), wait);
    if (failure.refused) refresh_token_end_.reset();  // a refused token does not live as long as Webex had stated
    set_aside_ = false;                               // Webex may accept it again before its token endpoint works
    failure_ = Failure{std::move(failure.what), std::string(detail), failure.remedy};
    const absl::string_view meanwhile = HasValid() ? "the previous one stays in use" : "there is no valid one";
    ports_.tell(absl::StrCat(Trouble(), "; ", meanwhile, "; next attempt ",
                             wait < absl::Seconds(1) ? "now" : absl::StrCat("in ", Describe(wait))),
                true);
  }

  Async<void> Save() {
    const bool was_saved = refresh_token_.saved().ok();
    co_await refresh_token_.Save();
    const bool is_saved = refresh_token_.saved().ok();
    if (!is_saved) ports_.tell(SaveTrouble(), true);
    if (is_saved && !was_saved) ports_.tell("the new refresh token is now saved", false);
  }

  std::string Trouble() const {
    return absl::StrCat("the access token cannot be refreshed: ", failure_->what, failure_->detail.empty() ? "" : ": ",
                        failure_->detail);
  }

  std::string SaveTrouble() const {
    return absl::StrCat("the refresh token from Webex is not saved, so a restart may require a new authorisation: ",
                        refresh_token_.saved().message());
  }

  Loop& loop_;
  Clock& clock_;
  absl::BitGenRef random_;
  HttpClient& wire_;
  const OAuthPorts ports_;
  RefreshToken refresh_token_;

  std::optional<Access> access_;  // the last one
  bool set_aside_ = false;        // Webex has refused it: calls wait for the refresh that may replace it
  std::optional<Clock::Time> refresh_token_end_;
  Clock::Time next_refusal_{};  // before this time a refused token causes no refresh

  absl::StatusOr<OAuthCredentials> given_ = absl::UnknownError("not read yet");  // used for the last refresh
  std::optional<Failure> failure_;                                               // of the last refresh
  int failures_ = 0;                                                             // consecutive failures
  Clock::Time due_{};                                                            // when the next refresh begins

  bool working_ = false;
  std::list<Event*> waiting_;  // calls that wait for the end of the work
  std::unique_ptr<Timer> timer_;
  std::function<void()> stopped_;  // set by Stop
};

}  // namespace

std::unique_ptr<TokenSource> CreateOAuthToken(Loop& loop, Clock& clock, absl::BitGenRef random, HttpClient& wire,
                                              OAuthPorts ports) {
  return std::make_unique<OAuth>(loop, clock, random, wire, std::move(ports));
}

}  // namespace webex_gateway
