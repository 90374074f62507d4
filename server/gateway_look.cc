#include "server/gateway_look.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/http/effect.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kLookLimit = absl::Seconds(10);

void ReportAnswer(int status, const std::string& look, Log& log) {
  const std::string code = absl::StrCat(" (HTTP status ", status, ")");
  if (status >= 300 && status < 400) {
    log.Warn(absl::StrCat(look, "it answers with a redirect", code,
                          ", which the gateway does not follow: is this Webex's API, or a login page before it?"));
  } else if (IsServerFailure(status)) {
    log.Warn(absl::StrCat(look, "it fails", code, "; orders fail while this lasts"));
  } else {
    log.Info(absl::StrCat(look, "it answers", code, ", and its certificate is trusted"));
  }
}

void ReportFailure(const absl::Status& error, const std::string& look, Log& log) {
  const bool passes = SendFailureOf(error) != SendFailure::kCertificate;
  log.Warn(absl::StrCat(look, error.message(), "; orders fail ", passes ? "while this lasts" : "until this is fixed",
                        ". Check --webex_base_url, --webex_proxy, --webex_ca_file, DNS and the network's rules for "
                        "outgoing connections"));
}

}  // namespace

WireOptions WireOptionsOf(const Options& options, Log& log) {
  return {.base_url = options.webex_base_url,
          .attempt_timeout = options.attempt_timeout,
          .max_answer_bytes = static_cast<size_t>(options.max_answer_bytes),
          .ca_file = options.webex_ca_file,
          .tell_trust = [&log](const std::string& what, bool trouble) { log.Report("tls to Webex", what, trouble); },
          .proxy = options.webex_proxy};
}

Async<void> LookAtWebex(Options options, Clock& clock, Log& log, std::stop_token stop) {
  WireOptions wire_options = WireOptionsOf(options, log);
  wire_options.attempt_timeout = std::min(options.attempt_timeout, kLookLimit);
  wire_options.tell_trust = [](const std::string&, bool) {};  // the gateway's own wire has reported it
  const absl::StatusOr<std::unique_ptr<WireClient>> wire = CreateCpprestClient(clock, std::move(wire_options));
  if (!wire.ok()) co_return;
  Call call;
  call.deadline = Later(clock.Now(), kLookLimit);
  call.stop = std::move(stop);
  HttpRequest request;
  request.method = "GET";
  request.target = "/";
  request.repeatable = true;
  const absl::StatusOr<HttpAnswer> answer = co_await (*wire)->Send(std::move(request), call);
  const std::string look = absl::StrCat("a first look at ", options.webex_base_url, ": ");
  if (answer.ok()) {
    ReportAnswer(answer->status, look, log);
  } else if (SendFailureOf(answer.status()) != SendFailure::kCancelled) {
    ReportFailure(answer.status(), look, log);
  }
}

}  // namespace webex_gateway
