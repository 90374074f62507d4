#include "server/webex/access_token.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kRereadAfter = absl::Seconds(1);

class Fixed : public TokenSource {
 public:
  explicit Fixed(std::string token) : token_(std::move(token)) {}
  Async<absl::StatusOr<std::string>> Token(const Call&) override { co_return token_; }
  Async<bool> HasOtherThan(std::string token, const Call&) override { co_return token != token_; }
  bool IsCurrent(const std::string& token) const override { return token == token_; }
  TokenHealth Health() override { return {.usable = true, .remedy = TokenRemedy::kRestart}; }

 private:
  const std::string token_;
};

class Reread : public TokenSource {
 public:
  Reread(Clock& clock, std::string first, std::function<absl::StatusOr<std::string>()> read,
         std::function<void(const absl::Status&)> changed)
      : clock_(clock),
        read_(std::move(read)),
        changed_(std::move(changed)),
        stale_(Later(clock.Now(), kRereadAfter)),
        token_(std::move(first)) {}

  Async<absl::StatusOr<std::string>> Token(const Call&) override {
    ReadIfStale();
    co_return token_;
  }

  Async<bool> HasOtherThan(std::string token, const Call&) override {
    Read();
    co_return token_ != token;
  }

  bool IsCurrent(const std::string& token) const override { return token == token_; }

  TokenHealth Health() override {
    ReadIfStale();
    TokenHealth health{.usable = true, .remedy = TokenRemedy::kNewFile};
    if (!read_status_.ok())
      health.troubles.push_back(absl::StrCat("the token cannot be read: ", read_status_.message()));
    return health;
  }

 private:
  void ReadIfStale() {
    if (clock_.Now() >= stale_) Read();
  }

  void Read() {
    stale_ = Later(clock_.Now(), kRereadAfter);
    absl::StatusOr<std::string> content = read_();
    if (content.ok()) content = CheckedToken(*content);
    if (content.ok() != read_status_.ok()) changed_(content.status());
    read_status_ = content.status();
    if (content.ok()) token_ = *std::move(content);
  }

  Clock& clock_;
  const std::function<absl::StatusOr<std::string>()> read_;
  const std::function<void(const absl::Status&)> changed_;
  absl::Status read_status_;
  Clock::Time stale_;
  std::string token_;  // the last valid one
};

}  // namespace

absl::StatusOr<std::string> CheckedToken(absl::string_view token, absl::string_view name) {
  token = absl::StripAsciiWhitespace(token);
  if (token.empty()) return absl::InvalidArgumentError(absl::StrCat(name, " is empty"));
  if (!std::all_of(token.begin(), token.end(), [](char c) { return absl::ascii_isgraph(c); })) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has characters that are not visible ASCII"));
  }
  return std::string(token);
}

std::unique_ptr<TokenSource> CreateFixedToken(std::string token) { return std::make_unique<Fixed>(std::move(token)); }

std::unique_ptr<TokenSource> CreateRereadToken(Clock& clock, std::string first,
                                               std::function<absl::StatusOr<std::string>()> read,
                                               std::function<void(const absl::Status&)> changed) {
  return std::make_unique<Reread>(clock, std::move(first), std::move(read), std::move(changed));
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path, absl::string_view name) {
  const absl::StatusOr<std::string> content = ReadSmallFile(path);
  return content.ok() ? CheckedToken(*content, name) : content.status();
}

bool IsRereadable(const std::string& path) {
  struct stat file{};
  return stat(path.c_str(), &file) != 0 || !S_ISFIFO(file.st_mode);
}

}  // namespace webex_gateway
