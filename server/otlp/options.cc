#include "server/otlp/options.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/digits.h"
#include "server/base/host_port.h"
#include "server/base/small_file.h"
#include "server/base/utf8.h"

namespace webex_gateway {
namespace {

constexpr absl::string_view kDefaultPort = "4317";
constexpr int64_t kMostMs = std::numeric_limits<int32_t>::max();
constexpr int64_t kMostSpans = 1'000'000;

// A variable that has a value, and its name.
struct Setting {
  std::string name;
  std::string value;
};

class Reader {
 public:
  Reader(const Environment& environment, std::vector<std::string>& faults)
      : environment_(environment), faults_(faults) {}

  // Nothing if it is not set; an empty value counts as not set.
  std::optional<Setting> Get(const std::string& name) const {
    const std::string value(absl::StripAsciiWhitespace(environment_(name).value_or("")));
    return value.empty() ? std::nullopt : std::optional(Setting{name, value});
  }
  // OTEL_EXPORTER_OTLP_<what>; the variable for traces only takes precedence.
  std::optional<Setting> Otlp(absl::string_view what) const {
    std::optional<Setting> own = Get(absl::StrCat("OTEL_EXPORTER_OTLP_TRACES_", what));
    return own ? own : Get(absl::StrCat("OTEL_EXPORTER_OTLP_", what));
  }

  template <typename... Parts>
  void Fault(const Setting& setting, const Parts&... parts) {
    faults_.push_back(absl::StrCat(setting.name, ": ", parts...));
  }
  // The same, quoting the value, for variables that cannot hold a secret.
  template <typename... Parts>
  void FaultOf(const Setting& setting, const Parts&... parts) {
    Fault(setting, "'", setting.value, "' ", parts...);
  }

  bool Bool(const std::optional<Setting>& setting) {
    if (!setting) return false;
    const bool yes = absl::EqualsIgnoreCase(setting->value, "true");
    if (!yes && !absl::EqualsIgnoreCase(setting->value, "false")) FaultOf(*setting, "is neither true nor false");
    return yes;
  }

  int64_t Number(const std::optional<Setting>& setting, int64_t least, int64_t most, int64_t otherwise) {
    if (!setting) return otherwise;
    if (const std::optional<int64_t> number = ReadDigits(setting->value, least, most)) return *number;
    FaultOf(*setting, "is not a whole number from ", least, " to ", most);
    return otherwise;
  }
  absl::Duration Ms(const std::optional<Setting>& setting, absl::Duration otherwise) {
    return absl::Milliseconds(Number(setting, 0, kMostMs, absl::ToInt64Milliseconds(otherwise)));
  }
  // Zero means no limit.
  absl::Duration Timeout(const std::optional<Setting>& setting, absl::Duration otherwise) {
    const absl::Duration limit = Ms(setting, otherwise);
    return limit == absl::ZeroDuration() ? absl::Milliseconds(kMostMs) : limit;
  }

  // "name=value,name=value", percent-encoded. Values may be secrets and are not quoted.
  NamesAndValues Pairs(const std::optional<Setting>& setting);

  // A PEM file.
  std::string File(const std::optional<Setting>& setting) {
    if (!setting) return "";
    const absl::StatusOr<std::string> content = ReadSmallFile(setting->value, 1 << 20);
    if (!content.ok()) {
      Fault(*setting, content.status().message());
    } else if (!absl::StrContains(*content, "-----BEGIN ")) {
      Fault(*setting, setting->value, " is not a PEM file");
    }
    return setting->value;
  }

 private:
  const Environment& environment_;
  std::vector<std::string>& faults_;
};

int HexDigit(char c) {
  if (absl::ascii_isdigit(c)) return c - '0';
  return absl::ascii_isxdigit(c) ? absl::ascii_tolower(c) - 'a' + 10 : -1;
}

// Nothing if a % is not followed by two hexadecimal digits.
std::optional<std::string> PercentDecoded(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

NamesAndValues Reader::Pairs(const std::optional<Setting>& setting) {
  NamesAndValues pairs;
  if (!setting) return pairs;
  for (const absl::string_view pair : absl::StrSplit(setting->value, ',', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> halves = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    std::string name(absl::StripAsciiWhitespace(halves.first));
    const auto value = PercentDecoded(absl::StripAsciiWhitespace(halves.second));
    if (name.empty() || halves.first.size() == pair.size() || !value || !IsUtf8(*value)) {
      Fault(*setting, "entry ", pairs.size() + 1, " is not name=value with a percent-encoded value");
      return pairs;
    }
    pairs.emplace_back(std::move(name), *value);
  }
  return pairs;
}

bool IsHeaderName(absl::string_view name) {
  return absl::c_all_of(
      name, [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || absl::StrContains("-_.", c); });
}

// Whether gRPC accepts this as metadata of ours.
bool IsHeader(absl::string_view name, absl::string_view value) {
  return IsHeaderName(name) && !absl::EndsWith(name, "-bin") && !absl::StartsWith(name, "grpc-") &&
         absl::c_all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

NamesAndValues ReadHeaders(Reader& reader) {
  const std::optional<Setting> setting = reader.Otlp("HEADERS");
  NamesAndValues headers = reader.Pairs(setting);
  for (auto& [name, value] : headers) {
    absl::AsciiStrToLower(&name);
    if (IsHeader(name, value)) continue;
    // Of a pair that is not written NAME=VALUE, the name may hold the secret.
    const std::string quoted = IsHeaderName(name) ? absl::StrCat(" '", name, "'") : "";
    reader.Fault(*setting, "the header", quoted, " cannot be sent with gRPC");
  }
  return headers;
}

bool IsHost(absl::string_view host) {
  return !host.empty() &&
         absl::c_all_of(host, [](char c) { return absl::ascii_isalnum(c) || absl::StrContains("-._:", c); });
}

// http://host:port, https://host:port (or without a port), host:port, or unix:/path.
void ReadEndpoint(const Setting& setting, Reader& reader, CollectorOptions& collector) {
  absl::string_view rest = setting.value;
  if (absl::StrContains(rest, '@')) return reader.Fault(setting, "credentials have no place in it");
  const bool insecure = reader.Bool(reader.Otlp("INSECURE"));
  if (absl::StartsWith(rest, "unix:")) {
    if (!absl::StartsWith(rest, "unix:/")) return reader.FaultOf(setting, "needs a path that begins with '/'");
    collector.target = std::string(rest);
    return;
  }
  const bool is_http = absl::ConsumePrefix(&rest, "http://");
  const bool is_https = !is_http && absl::ConsumePrefix(&rest, "https://");
  if (is_http || is_https) absl::ConsumeSuffix(&rest, "/");
  collector.is_tls = is_https || (!is_http && !insecure);
  if (absl::StrContains(rest, '/')) {
    return reader.FaultOf(
        setting, "is neither http:// nor https:// nor unix:, with a host and a port and no path: spans leave by gRPC");
  }
  const HostPort split = SplitHostPort(rest).value_or(HostPort{WithoutBrackets(rest), kDefaultPort});
  if (!IsHost(split.host) || !IsPort(split.port, 1)) {
    return reader.FaultOf(setting, "is not http://host:port, https://host:port, host:port or unix:/path");
  }
  const bool brackets = absl::StrContains(split.host, ':');
  collector.target = absl::StrCat(brackets ? "[" : "", split.host, brackets ? "]" : "", ":", split.port);
}

CollectorOptions ReadCollector(const Setting& endpoint, Reader& reader) {
  CollectorOptions collector;
  ReadEndpoint(endpoint, reader, collector);
  const std::optional<Setting> protocol = reader.Otlp("PROTOCOL");
  if (protocol && protocol->value != "grpc") reader.FaultOf(*protocol, "is not grpc, the only one spoken here");
  const std::optional<Setting> compression = reader.Otlp("COMPRESSION");
  if (compression && compression->value != "gzip" && compression->value != "none") {
    reader.FaultOf(*compression, "is neither gzip nor none");
  }
  collector.gzip = compression && compression->value == "gzip";
  collector.headers = ReadHeaders(reader);
  if (!collector.is_tls) return collector;
  collector.ca_file = reader.File(reader.Otlp("CERTIFICATE"));
  const std::optional<Setting> certificate = reader.Otlp("CLIENT_CERTIFICATE");
  const std::optional<Setting> key = reader.Otlp("CLIENT_KEY");
  collector.client_certificate_file = reader.File(certificate);
  collector.client_key_file = reader.File(key);
  if (certificate && !key) reader.Fault(*certificate, "needs OTEL_EXPORTER_OTLP_CLIENT_KEY");
  if (key && !certificate) reader.Fault(*key, "needs OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE");
  return collector;
}

BatchOptions ReadBatch(Reader& reader) {
  BatchOptions batch;
  batch.attempt_timeout = reader.Timeout(reader.Otlp("TIMEOUT"), batch.attempt_timeout);
  batch.schedule_delay = reader.Ms(reader.Get("OTEL_BSP_SCHEDULE_DELAY"), batch.schedule_delay);
  batch.export_timeout = reader.Timeout(reader.Get("OTEL_BSP_EXPORT_TIMEOUT"), batch.export_timeout);
  const auto size = [&reader](const char* name, size_t otherwise) {
    return static_cast<size_t>(reader.Number(reader.Get(name), 1, kMostSpans, static_cast<int64_t>(otherwise)));
  };
  batch.max_queue_size = size("OTEL_BSP_MAX_QUEUE_SIZE", batch.max_queue_size);
  const std::optional<Setting> most = reader.Get("OTEL_BSP_MAX_EXPORT_BATCH_SIZE");
  batch.max_batch_size = size("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", std::min(batch.max_batch_size, batch.max_queue_size));
  if (most && batch.max_batch_size > batch.max_queue_size) {
    reader.FaultOf(*most, "is more than OTEL_BSP_MAX_QUEUE_SIZE, ", batch.max_queue_size);
  }
  return batch;
}

SamplerOptions ReadSampler(Reader& reader) {
  SamplerOptions sampler;
  const std::optional<Setting> setting = reader.Get("OTEL_TRACES_SAMPLER");
  if (!setting) return sampler;
  absl::string_view kind = setting->value;
  sampler.follows_parent = absl::ConsumePrefix(&kind, "parentbased_");
  if (kind == "always_off") {
    sampler.ratio = 0;
  } else if (kind == "traceidratio") {
    const std::optional<Setting> ratio = reader.Get("OTEL_TRACES_SAMPLER_ARG");
    const bool is_ratio =
        !ratio || (absl::SimpleAtod(ratio->value, &sampler.ratio) && sampler.ratio >= 0 && sampler.ratio <= 1);
    if (!is_ratio) reader.FaultOf(*ratio, "is not a number from 0 to 1");
  } else if (kind != "always_on") {
    reader.FaultOf(*setting, "is none of always_on, always_off, traceidratio, also with parentbased_ before them");
  }
  return sampler;
}

// If a name occurs more than once, the first counts.
NamesAndValues ReadResource(Reader& reader) {
  NamesAndValues given = reader.Pairs(reader.Get("OTEL_RESOURCE_ATTRIBUTES"));
  const auto is_service = [](const auto& pair) { return pair.first == "service.name"; };
  const auto in_attributes = absl::c_find_if(given, is_service);
  std::string service = in_attributes == given.end() ? "webex-gateway" : in_attributes->second;
  if (const auto own = reader.Get("OTEL_SERVICE_NAME")) service = own->value;
  NamesAndValues resource = {{"service.name", std::move(service)}};
  for (auto& pair : given) {
    const bool is_there = absl::c_any_of(resource, [&](const auto& other) { return other.first == pair.first; });
    if (!is_there) resource.push_back(std::move(pair));
  }
  return resource;
}

// Whether a variable turns spans off.
bool IsOff(Reader& reader) {
  if (reader.Bool(reader.Get("OTEL_SDK_DISABLED"))) return true;
  const std::optional<Setting> exporter = reader.Get("OTEL_TRACES_EXPORTER");
  if (exporter && exporter->value != "otlp" && exporter->value != "none") {
    reader.FaultOf(*exporter, "is neither otlp nor none");
  }
  return exporter && exporter->value == "none";
}

}  // namespace

std::optional<OtlpOptions> ReadOtlpOptions(const Environment& environment, std::vector<std::string>& faults) {
  Reader reader(environment, faults);
  const std::optional<Setting> endpoint = reader.Otlp("ENDPOINT");
  if (!endpoint || IsOff(reader)) return std::nullopt;
  OtlpOptions options;
  options.collector = ReadCollector(*endpoint, reader);
  options.batch = ReadBatch(reader);
  options.sampler = ReadSampler(reader);
  options.resource = ReadResource(reader);
  return options;
}

}  // namespace webex_gateway
