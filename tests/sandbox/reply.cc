#include "tests/sandbox/reply.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sandbox/control.h"
#include "tests/sandbox/webex_api.h"
#include "tests/sandbox/webex_errors.h"

namespace webex_gateway::sandbox {
namespace {

// Resembles neither a status line nor TLS.
constexpr absl::string_view kGarbage = "\x07\x1b[?garbage\x7f where an answer should be\r\n\r\n";

absl::Duration Latency(World& world) {
  const std::shared_ptr<const Settings> settings = world.settings.Get();
  const auto jitter_ns = static_cast<uint64_t>(absl::ToInt64Nanoseconds(settings->jitter));
  if (jitter_ns == 0) return settings->latency;
  return settings->latency + absl::Nanoseconds(static_cast<int64_t>(world.dice.UpTo(jitter_ns)));
}

// The answer that is sent, completely or partly, except an interim one.
Answer FinalAnswer(World& world, const Request& request, const Fault* fault, absl::Time now) {
  const std::string tracking_id = TrackingIdFor(request, world.dice);
  Answer answer;
  if (fault == nullptr || fault->applied) answer = AnswerApi(world, request, tracking_id, now);
  if (fault == nullptr) return answer;
  if (fault->status && *fault->status >= 200) {
    Answer other = FaultAnswer(*fault, tracking_id);
    other.under_way = std::move(answer.under_way);
    return other;
  }
  if (fault->applied) return answer;
  answer = WebexError(500, UsualMessage(500), tracking_id);
  answer.headers.emplace_back("TrackingID", tracking_id);
  return answer;
}

// The answer as it is sent, and the length of its headers.
struct Wire {
  std::string bytes;
  size_t head_size = 0;
};

Wire WireOf(const Answer& answer, const Request& request, bool keep_alive) {
  Wire wire;
  wire.bytes.reserve(256 + answer.body.size());
  AppendHead(answer, keep_alive, wire.bytes);
  wire.head_size = wire.bytes.size();
  if (request.method != "HEAD") wire.bytes += answer.body;
  return wire;
}

bool IsInterim(const Fault* fault) { return fault != nullptr && fault->status && *fault->status < 200; }

bool HasStatusLine(const Fault& fault) {
  switch (fault.kind) {
    case Fault::Kind::kGarbage:
    case Fault::Kind::kHang:
      return false;
    case Fault::Kind::kClose:
    case Fault::Kind::kReset:
      return fault.when == Fault::When::kHeaders;
    default:
      return true;
  }
}

// Applies the fault to a reply with a complete answer.
void Spoil(const Fault& fault, size_t head_size, Reply& reply) {
  const size_t body_size = reply.bytes.size() - head_size;
  switch (fault.kind) {
    case Fault::Kind::kStatus:
      break;
    case Fault::Kind::kClose:
    case Fault::Kind::kReset:
      reply.bytes.resize(fault.when == Fault::When::kHeaders ? head_size / 2 : 0);
      reply.then = fault.kind == Fault::Kind::kClose ? Reply::Then::kClose : Reply::Then::kReset;
      break;
    case Fault::Kind::kHalf:
      reply.bytes.resize(head_size + body_size / 2);
      reply.then = Reply::Then::kClose;
      break;
    case Fault::Kind::kGarbage:
      reply.bytes = std::string(kGarbage);
      reply.then = Reply::Then::kClose;
      break;
    case Fault::Kind::kDrip:
      reply.gap = fault.delay;
      break;
    case Fault::Kind::kHang:
      reply.bytes.clear();
      reply.then = Reply::Then::kHang;
      reply.hang = fault.delay;
      break;
  }
}

Reply ApiReply(World& world, const Request& request, const Fault* fault, bool keep_alive, absl::Time now) {
  Reply reply;
  reply.wait = Latency(world);
  if (IsInterim(fault)) {
    AppendHead(FaultAnswer(*fault, TrackingIdFor(request, world.dice)), true, reply.bytes);
    world.stats.CountStatus(*fault->status);
    if (!fault->applied) return reply;
  }
  Answer answer = FinalAnswer(world, request, fault, now);
  const bool keeps = keep_alive && !answer.ends_connection;
  // An answer with its own Connection header, or deliberately without one, does not get another.
  Wire wire = WireOf(answer, request, keep_alive || answer.ends_connection);
  reply.bytes = reply.bytes.empty() ? std::move(wire.bytes) : reply.bytes + wire.bytes;
  reply.then = keeps ? Reply::Then::kKeep : Reply::Then::kEnd;
  reply.under_way = std::move(answer.under_way);
  if (fault == nullptr || HasStatusLine(*fault)) world.stats.CountStatus(answer.status);
  if (fault != nullptr) Spoil(*fault, wire.head_size, reply);
  return reply;
}

}  // namespace

std::shared_ptr<const Fault> BeginRequest(World& world, const Request& request) {
  CountStarted(request, world.stats);
  const std::optional<Fault::Path> path = FaultPathOf(request);
  if (!path) return nullptr;
  std::shared_ptr<const Fault> fault = world.faults.Take(*path);
  if (fault != nullptr) Stats::Count(world.stats.faults_injected);
  return fault;
}

Reply ReplyBeforeBody(const Fault& fault) {
  Reply reply;
  Spoil(fault, 0, reply);
  return reply;
}

Reply ReplyTo(World& world, const Request& request, const Fault* fault, bool keep_alive, absl::Time now) {
  CountReceived(request, world);
  if (EndpointOf(PathOf(request)) != Endpoint::kControl) return ApiReply(world, request, fault, keep_alive, now);
  Reply reply;
  reply.bytes = WireOf(AnswerControl(world, request), request, keep_alive).bytes;
  reply.then = keep_alive ? Reply::Then::kKeep : Reply::Then::kEnd;
  return reply;
}

Reply Refusal(World& world, int status) {
  Answer answer = WebexError(status, UsualMessage(status), TrackingIdFor({}, world.dice));
  Reply reply;
  reply.bytes = WireOf(answer, {}, false).bytes;
  reply.then = Reply::Then::kEnd;
  return reply;
}

}  // namespace webex_gateway::sandbox
