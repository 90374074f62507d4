// Keeping to the pace.
#pragma once

#include <memory>

#include "server/http/admission.h"
#include "server/http/http.h"
#include "server/http/pace.h"

namespace webex_gateway {

// For a pace without admission above it.
inline constexpr AdmissionStatus kNobodyQueued;

// Holds each attempt until `pace` lets it leave, in the order in which the calls came; one that met a 429 is ahead of
// all that came later. An attempt that could not leave before its call's deadline is refused at once: kRateLimited,
// with the wait. Those who are queued by `admission` wait for the pace, too.
std::unique_ptr<HttpClient> WithPace(std::unique_ptr<HttpClient> next, Clock& clock, Pace& pace,
                                     const AdmissionStatus& admission);

}  // namespace webex_gateway
