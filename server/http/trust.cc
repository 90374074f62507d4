#include "server/http/trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/small_file.h"

namespace webex_gateway {
namespace {

constexpr size_t kMaxFile = 16 << 20;
constexpr char kByteOrderMark[] = "\xef\xbb\xbf";

struct FreeInfos {
  void operator()(STACK_OF(X509_INFO) * infos) const { sk_X509_INFO_pop_free(infos, X509_INFO_free); }
};
using Infos = std::unique_ptr<STACK_OF(X509_INFO), FreeInfos>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

// The PEM content of the file; text around it is skipped. A byte order mark at its beginning would hide the first
// certificate.
absl::StatusOr<Infos> ReadPem(const std::string& path) {
  const absl::StatusOr<std::string> content = ReadSmallFile(path, kMaxFile);
  if (!content.ok()) return absl::InvalidArgumentError(content.status().message());
  const absl::string_view pem = absl::StripPrefix(*content, kByteOrderMark);
  const Bio reader(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  // A key next to the certificates may be encrypted; nobody is asked for its passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  Infos infos(PEM_X509_INFO_read_bio(reader.get(), nullptr, no_passphrase, nullptr));
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  if (infos != nullptr) return infos;
  return absl::InvalidArgumentError(
      absl::StrCat("a certificate in ", path, " cannot be read: ", reason == nullptr ? "no reason known" : reason));
}

// Adds the file's certificates to `store`; returns how many.
absl::StatusOr<int> AddFile(X509_STORE* store, const std::string& path) {
  const absl::StatusOr<Infos> infos = ReadPem(path);
  if (!infos.ok()) return infos.status();
  int added = 0;
  for (int i = 0; i < sk_X509_INFO_num(infos->get()); ++i) {
    X509* certificate = sk_X509_INFO_value(infos->get(), i)->x509;
    if (certificate != nullptr && X509_STORE_add_cert(store, certificate) == 1) ++added;
  }
  ERR_clear_error();
  if (added == 0) return absl::InvalidArgumentError(absl::StrCat("no certificate in PEM form in ", path));
  return added;
}

// The names under which OpenSSL looks for certificates: eight hexadecimal digits, a full stop, a number.
bool IsHashed(const std::string& name) {
  return name.size() > 9 && name[8] == '.' && std::all_of(name.begin(), name.begin() + 8, absl::ascii_isxdigit) &&
         std::all_of(name.begin() + 9, name.end(), absl::ascii_isdigit);
}

bool HoldsCertificate(const std::string& directory) {
  std::error_code none;
  for (std::filesystem::directory_iterator each(directory, none), end; !none && each != end; each.increment(none)) {
    if (!IsHashed(each->path().filename())) continue;
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> scratch(X509_STORE_new(), X509_STORE_free);
    if (AddFile(scratch.get(), each->path()).ok()) return true;
  }
  return false;
}

// A pipe, as from bash's <(command), returns its content once, and then keeps its reader waiting.
bool CanBeReadAgain(const struct stat& what) { return S_ISREG(what.st_mode) || S_ISDIR(what.st_mode); }

// A text that changes with the content.
std::string StampOf(const TrustPlaces& places) {
  std::vector<std::string> paths = places.directories;
  paths.push_back(places.file);
  return absl::StrJoin(paths, " ", [](std::string* out, const std::string& path) {
    struct stat now{};
    if (stat(path.c_str(), &now) != 0) return absl::StrAppend(out, "none");
    if (!CanBeReadAgain(now)) return absl::StrAppend(out, "once");
    absl::StrAppend(out, now.st_dev, ":", now.st_ino, ":", now.st_size, ":", now.st_mtim.tv_sec, ".",
                    now.st_mtim.tv_nsec, ":", now.st_ctim.tv_sec, ".", now.st_ctim.tv_nsec);
  });
}

absl::Status NoneIn(const TrustPlaces& places) {
  return absl::InvalidArgumentError(absl::StrCat("no certificates to trust for Webex: none in ", places.file,
                                                 " nor, under the hash of its name (openssl rehash), in ",
                                                 absl::StrJoin(places.directories, ", ")));
}

std::optional<std::string> Variable(const char* name) {
  const char* value = secure_getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

TrustPlaces SystemPlaces() {
  const std::optional<std::string> file = Variable(X509_get_default_cert_file_env());
  const std::string directories = Variable(X509_get_default_cert_dir_env()).value_or(X509_get_default_cert_dir());
  return {.file = file.value_or(X509_get_default_cert_file()),
          .file_needed = file.has_value(),
          .directories = absl::StrSplit(directories, ':', absl::SkipEmpty())};
}

}  // namespace

TrustPlaces PlacesToTrust(const std::string& ca_file) {
  static const TrustPlaces system = SystemPlaces();
  return ca_file.empty() ? system : TrustPlaces{.file = ca_file, .file_needed = true, .directories = {}};
}

absl::Status CheckTrust(const std::string& ca_file) {
  struct stat file{};
  if (stat(PlacesToTrust(ca_file).file.c_str(), &file) == 0 && !CanBeReadAgain(file)) return absl::OkStatus();
  return Trust::In(PlacesToTrust(ca_file), [](const std::string&, bool) {}).status();
}

absl::StatusOr<Trust> Trust::In(TrustPlaces places, Tell tell) {
  Trust trust(std::move(places), std::move(tell));
  if (absl::Status status = trust.Load(); !status.ok()) return status;
  return trust;
}

bool Trust::Refresh() {
  if (StampOf(places_) == stamp_) return false;
  const absl::Status status = Load();
  if (!status.ok()) tell_(absl::StrCat(status.message(), "; those read last stay in use"), /*trouble=*/true);
  return status.ok();
}

absl::Status Trust::Load() {
  stamp_ = StampOf(places_);
  const Store store(X509_STORE_new(), X509_STORE_free);
  const absl::StatusOr<int> in_file = AddFile(store.get(), places_.file);
  if (!in_file.ok() && places_.directories.empty()) return in_file.status();
  std::vector<std::string> used;
  if (in_file.ok()) used.push_back(absl::StrCat(places_.file, " (", *in_file, ")"));
  std::copy_if(places_.directories.begin(), places_.directories.end(), std::back_inserter(used), HoldsCertificate);
  if (used.empty()) return NoneIn(places_);
  if (!places_.directories.empty()) {
    X509_STORE_load_path(store.get(), absl::StrJoin(places_.directories, ":").c_str());
    ERR_clear_error();
  }
  if (!in_file.ok() && places_.file_needed) tell_(std::string(in_file.status().message()), /*trouble=*/true);
  tell_(absl::StrCat("the certificates to trust are in ", absl::StrJoin(used, ", ")), /*trouble=*/false);
  store_ = store;
  return absl::OkStatus();
}

}  // namespace webex_gateway
