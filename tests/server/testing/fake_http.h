// An HttpClient for tests: it answers as configured, and records requests.
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "server/http/http.h"

namespace webex_gateway {

class FakeHttp : public HttpClient {
 public:
  // The next Send gets `result`. Without one it waits for Finish.
  void Answer(absl::StatusOr<HttpAnswer> result) { results_.push_back(std::move(result)); }
  void AnswerWith(int status, std::vector<HttpHeader> headers = {}, std::string body = "") {
    Answer(HttpAnswer{status, std::move(headers), std::move(body)});
  }
  void FailWith(SendFailure failure) { Answer(SendError(failure, "as the test has it")); }

  // Ends the waiting Send; Call::in_flight is true meanwhile, as if the request had left.
  void Finish(absl::StatusOr<HttpAnswer> result) {
    results_.push_back(std::move(result));
    waiting_->Set();
  }

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    sent.push_back(std::move(request));
    if (results_.empty()) {
      call.in_flight = true;
      waiting_.emplace();
      co_await waiting_->Wait();
      call.in_flight = false;
    }
    absl::StatusOr<HttpAnswer> result = std::move(results_.front());
    results_.pop_front();
    co_return result;
  }

  std::vector<HttpRequest> sent;

 private:
  std::deque<absl::StatusOr<HttpAnswer>> results_;
  std::optional<Event> waiting_;
};

// Starts `task` on the loop; the result is available once it has ended.
template <typename T>
class Started {
 public:
  Started(Loop& loop, Async<T> task) { Spawn(loop, Keep(result_, std::move(task))); }
  bool done() const { return result_->has_value(); }
  T& operator*() { return **result_; }
  T* operator->() { return &**result_; }

 private:
  static Async<void> Keep(std::shared_ptr<std::optional<T>> result, Async<T> task) {
    result->emplace(co_await std::move(task));
  }
  const std::shared_ptr<std::optional<T>> result_ = std::make_shared<std::optional<T>>();
};

}  // namespace webex_gateway
