#include "server/webex/access_token.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kRereadAfter = absl::Seconds(1);
constexpr size_t kMaxFile = 64 << 10;

class Fixed : public TokenSource {
 public:
  explicit Fixed(std::string token) : token_(std::move(token)) {}
  absl::StatusOr<std::string> Token() override { return token_; }
  bool HasOtherThan(const std::string& token) override { return token != token_; }

 private:
  const std::string token_;
};

class Reread : public TokenSource {
 public:
  Reread(Clock& clock, std::function<absl::StatusOr<std::string>()> read,
         std::function<void(const absl::Status&)> changed)
      : clock_(clock), read_(std::move(read)), changed_(std::move(changed)) {
    Read();
  }

  absl::StatusOr<std::string> Token() override {
    if (clock_.Now() >= stale_) Read();
    return token_;
  }

  bool HasOtherThan(const std::string& token) override {
    Read();
    return token_.ok() && *token_ != token;
  }

 private:
  void Read() {
    stale_ = Later(clock_.Now(), kRereadAfter);
    absl::StatusOr<std::string> content = read_();
    if (content.ok()) content = CheckedToken(*content);
    if (content.ok() != readable_) changed_(content.status());
    readable_ = content.ok();
    if (content.ok() || !token_.ok()) token_ = std::move(content);
  }

  Clock& clock_;
  const std::function<absl::StatusOr<std::string>()> read_;
  const std::function<void(const absl::Status&)> changed_;
  bool readable_ = true;
  Clock::Time stale_;
  absl::StatusOr<std::string> token_ = absl::NotFoundError("not read yet");
};

}  // namespace

absl::StatusOr<std::string> CheckedToken(absl::string_view token) {
  token = absl::StripAsciiWhitespace(token);
  if (token.empty()) return absl::InvalidArgumentError("the token is empty");
  if (!std::all_of(token.begin(), token.end(), [](char c) { return absl::ascii_isgraph(c); })) {
    return absl::InvalidArgumentError("the token has characters that are no visible ASCII");
  }
  return std::string(token);
}

std::unique_ptr<TokenSource> FixedToken(std::string token) { return std::make_unique<Fixed>(std::move(token)); }

std::unique_ptr<TokenSource> RereadToken(Clock& clock, std::function<absl::StatusOr<std::string>()> read,
                                         std::function<void(const absl::Status&)> changed) {
  return std::make_unique<Reread>(clock, std::move(read), std::move(changed));
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (file == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  std::string content(kMaxFile + 1, '\0');
  content.resize(std::fread(content.data(), 1, content.size(), file.get()));
  if (std::ferror(file.get()) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  if (content.size() > kMaxFile) return absl::InvalidArgumentError(absl::StrCat(path, " is longer than 64 KiB"));
  return content;
}

}  // namespace webex_gateway
