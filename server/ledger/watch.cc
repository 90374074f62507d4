#include "server/ledger/watch.h"

#include "absl/strings/str_cat.h"

namespace webex_gateway {

LedgerWatch::LedgerWatch(const Clock& clock, absl::Duration silence, LedgerObserver observer)
    : clock_(clock), silence_(silence), observer_(std::move(observer)), last_write_(clock.Now()) {}

void LedgerWatch::OnWrite(const absl::Status& result, absl::Duration took) {
  last_write_ = clock_.Now();
  observer_.committed(result.ok(), took);
  if (result.ok() != trouble_.ok()) observer_.changed(result.ok() ? hold_ : result);
  trouble_ = result;
}

void LedgerWatch::OnTrouble(const absl::Status& for_log, const absl::Status& for_all) {
  if (trouble_.ok()) observer_.changed(for_log);
  trouble_ = for_all;
}

void LedgerWatch::OnHold(const absl::Status& why) {
  if (why == hold_) return;
  hold_ = why;
  // The reason for holding is about lost orders, so it is reported even during other trouble.
  if (!why.ok() || trouble_.ok()) observer_.changed(why);
}

LedgerHealth LedgerWatch::Health() const {
  const absl::Duration since = absl::FromChrono(clock_.Now() - last_write_);
  if (trouble_.ok() && since > silence_) {
    const std::string time = absl::FormatDuration(absl::Trunc(since, absl::Seconds(1)));
    return {absl::StrCat("no write has ended for ", time, ": its storage does not respond"), counts_, volume_};
  }
  return {std::string((trouble_.ok() ? hold_ : trouble_).message()), counts_, volume_};
}

}  // namespace webex_gateway
