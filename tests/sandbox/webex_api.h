// Webex's side of the API: a request in, an answer out, and the world changed accordingly. No sockets, no clock.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace webex_gateway::sandbox {

// What a path stands for.
enum class Endpoint { kWorkspaces, kWorkspace, kToken, kControl, kUnknown };
Endpoint EndpointOf(absl::string_view path);

// The kind of fault that may befall the request; nothing for requests that no fault is meant for.
std::optional<Fault::Path> FaultPathOf(const Request& request);

// Counts a request of the API whose headers have arrived, and one that has arrived whole.
void CountStarted(const Request& request, Stats& stats);
void CountReceived(const Request& request, World& world);

// Echoes what the client sent, or makes an id like Webex's.
std::string TrackingIdFor(const Request& request, Dice& dice);

// Does what the request asks for and answers, in this order of checks: path (404), method (405), bearer (401), rate
// limit (429), media type (415), JSON and required fields (400), conflicts (409), existence (404). The answer carries
// `tracking_id`.
Answer AnswerApi(World& world, const Request& request, const std::string& tracking_id, absl::Time now);

}  // namespace webex_gateway::sandbox
