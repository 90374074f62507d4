// Holds attempts to the pace.
#pragma once

#include <memory>

#include "server/http/admission.h"
#include "server/http/http.h"
#include "server/http/pace.h"

namespace webex_gateway {

// For a pace without admission above it.
inline constexpr AdmissionStatus kNobodyQueued;

// Holds each attempt until `pace` lets it leave, in the order in which the calls arrived; one that met a 429 precedes
// all that arrived later. An attempt that could not leave before its call's deadline is refused at once: kRateLimited,
// with the wait. Calls queued by `admission` also wait for the pace.
std::unique_ptr<HttpClient> WithPace(std::unique_ptr<HttpClient> next, Clock& clock, Pace& pace,
                                     const AdmissionStatus& admission);

}  // namespace webex_gateway
