// Creates, from the settings, the source of access tokens for Webex.
#pragma once

#include <memory>

#include "absl/random/bit_gen_ref.h"
#include "server/base/clock.h"
#include "server/http/stack.h"
#include "server/ops/log.h"
#include "server/options.h"
#include "server/webex/state_file.h"

namespace webex_gateway {

// `options` must be valid. `state` is where new refresh tokens are kept, or null. Everything passed by reference, and
// `state`, must outlive the result.
std::unique_ptr<TokenSource> CreateTokenSource(const Options& options, Loop& loop, Clock& clock, absl::BitGenRef random,
                                               HttpClient& wire, StateFile* state, Log& log);

}  // namespace webex_gateway
