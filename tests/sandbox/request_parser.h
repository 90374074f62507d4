// Beast's parser, which keeps only the parts of a request that Request has, without a list of headers. Only for
// session.cc: Beast is slow to compile.
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "tests/sandbox/http_message.h"

namespace webex_gateway::sandbox {

class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  // Fills `request`, which must be fresh and outlive the parser.
  explicit RequestParser(Request& request) : request_(request) {}

  // Whether the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;
  using field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int, error_code&) override {
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
  }

  void on_field_impl(field name, string_view name_text, string_view value, error_code&) override {
    const absl::string_view other(name_text.data(), name_text.size());
    if (name == field::authorization) {
      request_.authorization.assign(value.data(), value.size());
    } else if (name == field::content_type) {
      request_.content_type.assign(value.data(), value.size());
    } else if (name == field::expect) {
      expects_continue_ = absl::EqualsIgnoreCase(absl::string_view(value.data(), value.size()), "100-continue");
    } else if (absl::EqualsIgnoreCase(other, "TrackingID")) {
      request_.tracking_id.assign(value.data(), value.size());
    } else if (absl::EqualsIgnoreCase(other, "traceparent")) {
      request_.traceparent.assign(value.data(), value.size());
    } else if (absl::EqualsIgnoreCase(other, "tracestate")) {
      request_.tracestate.assign(value.data(), value.size());
    }
  }

  std::size_t on_body_impl(string_view body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }

  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) override {
    return on_body_impl(body, error);
  }

  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  Request& request_;
  bool expects_continue_ = false;
};

}  // namespace webex_gateway::sandbox
