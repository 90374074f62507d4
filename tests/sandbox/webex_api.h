// Webex's side of the API: takes a request, changes the world, returns an answer. No sockets, no clock.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace webex_gateway::sandbox {

// The meaning of a path.
enum class Endpoint { kWorkspaces, kWorkspace, kToken, kControl, kUnknown };
Endpoint EndpointOf(absl::string_view path);

// The kind of fault that may apply to the request; nothing if faults do not apply to it.
std::optional<Fault::Path> FaultPathOf(const Request& request);

// Counts an API request whose headers have arrived, and one that has completely arrived.
void CountStarted(const Request& request, Stats& stats);
void CountReceived(const Request& request, World& world);

// Echoes the client's id, or creates one like Webex's.
std::string TrackingIdFor(const Request& request, Dice& dice);

// Carries out the request and answers it, with checks in this order: path (404), method (405), bearer (401), rate limit
// (429), media type (415), JSON and required fields (400), conflicts (409), existence (404). The answer carries
// `tracking_id`.
Answer AnswerApi(World& world, const Request& request, const std::string& tracking_id, absl::Time now);

}  // namespace webex_gateway::sandbox
