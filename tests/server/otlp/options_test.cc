#include "server/otlp/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

class OtlpOptionsTest : public testing::Test {
 protected:
  std::optional<OtlpOptions> Read(std::map<std::string, std::string> variables) {
    faults_.clear();
    const Environment environment = [variables = std::move(variables)](const std::string& name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    return ReadOtlpOptions(environment, faults_);
  }
  // With an endpoint beside the variables.
  OtlpOptions ReadOn(std::map<std::string, std::string> variables) {
    variables.try_emplace("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
    return Read(std::move(variables)).value_or(OtlpOptions());
  }
  CollectorOptions At(const std::string& endpoint, const std::string& insecure = "") {
    return ReadOn({{"OTEL_EXPORTER_OTLP_ENDPOINT", endpoint}, {"OTEL_EXPORTER_OTLP_INSECURE", insecure}}).collector;
  }

  std::vector<std::string> faults_;
};

TEST_F(OtlpOptionsTest, IsOffWithoutAnEndpointWhateverElseIsSet) {
  EXPECT_FALSE(Read({}));
  EXPECT_FALSE(Read({{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}, {"OTEL_TRACES_SAMPLER", "nonsense"}}));
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(OtlpOptionsTest, IsOffWhereAVariableSaysSo) {
  const std::string endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
  EXPECT_FALSE(Read({{endpoint, "nonsense/"}, {"OTEL_SDK_DISABLED", "True"}}));
  EXPECT_FALSE(Read({{endpoint, "nonsense/"}, {"OTEL_TRACES_EXPORTER", "none"}}));
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_TRUE(Read({{endpoint, "http://c:1"}, {"OTEL_SDK_DISABLED", "false"}, {"OTEL_TRACES_EXPORTER", "otlp"}}));
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(OtlpOptionsTest, HasTheStandardsDefaults) {
  const OtlpOptions options = ReadOn({});
  EXPECT_EQ(options.collector.target, "collector:4317");
  EXPECT_FALSE(options.collector.is_tls);
  EXPECT_FALSE(options.collector.gzip);
  EXPECT_THAT(options.collector.headers, IsEmpty());
  EXPECT_EQ(options.batch.attempt_timeout, absl::Seconds(10));
  EXPECT_EQ(options.batch.export_timeout, absl::Seconds(30));
  EXPECT_EQ(options.batch.schedule_delay, absl::Seconds(5));
  EXPECT_EQ(options.batch.max_queue_size, 2048);
  EXPECT_EQ(options.batch.max_batch_size, 512);
  EXPECT_EQ(options.sampler, SamplerOptions());
  EXPECT_THAT(options.resource, ElementsAre(Pair("service.name", "webex-gateway")));
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(OtlpOptionsTest, TakesEachFormOfAnEndpoint) {
  EXPECT_EQ(At("https://collector.example.com").target, "collector.example.com:4317");
  EXPECT_TRUE(At("https://collector.example.com:443/").is_tls);
  EXPECT_TRUE(At("https://collector.example.com", "true").is_tls);  // the scheme comes first
  EXPECT_EQ(At("http://[::1]:4317").target, "[::1]:4317");
  EXPECT_EQ(At("http://[::1]").target, "[::1]:4317");
  EXPECT_TRUE(At("collector:4317").is_tls);
  EXPECT_FALSE(At("collector:4317", "true").is_tls);
  EXPECT_EQ(At("unix:/run/otel.sock").target, "unix:/run/otel.sock");
  EXPECT_FALSE(At("unix:/run/otel.sock").is_tls);
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(OtlpOptionsTest, RefusesWhatIsNoEndpoint) {
  for (const char* const endpoint : {"http://", "http://c:0", "http://c:65536", "http://c:4318/v1/traces", "unix:otel",
                                     "ftp://c:1", "http://c d:1", "http://c:1?x=1"}) {
    At(endpoint);
    EXPECT_THAT(faults_, ElementsAre(HasSubstr(absl::StrCat("OTEL_EXPORTER_OTLP_ENDPOINT: '", endpoint)))) << endpoint;
  }
  At("http://user:secret@c:1");
  EXPECT_THAT(faults_, ElementsAre("OTEL_EXPORTER_OTLP_ENDPOINT: credentials have no place in it"));
}

TEST_F(OtlpOptionsTest, PrefersTheVariablesForTraces) {
  const OtlpOptions options = ReadOn({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:1"},
                                      {"OTEL_EXPORTER_OTLP_TIMEOUT", "1"},
                                      {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2"},
                                      {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
                                      {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"},
                                      {"OTEL_EXPORTER_OTLP_HEADERS", "a=1"},
                                      {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=2"},
                                      {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"}});
  EXPECT_EQ(options.collector.target, "traces:1");
  EXPECT_EQ(options.batch.attempt_timeout, absl::Milliseconds(2));
  EXPECT_THAT(options.collector.headers, ElementsAre(Pair("b", "2")));
  EXPECT_TRUE(options.collector.gzip);
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(OtlpOptionsTest, ReadsHeadersPercentEncodedInLowerCase) {
  EXPECT_THAT(
      ReadOn({{"OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20t%3D%2C, x-scope = a=b ,"}}).collector.headers,
      ElementsAre(Pair("authorization", "Bearer t=,"), Pair("x-scope", "a=b")));
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(OtlpOptionsTest, RefusesHeadersThatCannotBeSentAndQuotesNoValue) {
  for (const char* const headers : {"secret", "=secret", "a=secret%zz", "a b=secret", "x-bin=secret", "grpc-x=secret",
                                    "a=secret%0A", "a=secret%ff", "authorization: Basic secret=="}) {
    ReadOn({{"OTEL_EXPORTER_OTLP_HEADERS", headers}});
    EXPECT_THAT(faults_, ElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_HEADERS: "))) << headers;
    EXPECT_THAT(faults_, ElementsAre(Not(HasSubstr("secret")))) << headers;
  }
}

TEST_F(OtlpOptionsTest, NamesEveryFaultAtOnce) {
  ReadOn({{"OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://c"},
          {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"},
          {"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"},
          {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"},
          {"OTEL_EXPORTER_OTLP_INSECURE", "yes"},
          {"OTEL_TRACES_EXPORTER", "zipkin"},
          {"OTEL_SDK_DISABLED", "1"},
          {"OTEL_BSP_SCHEDULE_DELAY", "-1"},
          {"OTEL_BSP_EXPORT_TIMEOUT", "1.5"},
          {"OTEL_BSP_MAX_QUEUE_SIZE", "0"},
          {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "99999999999999999999"},
          {"OTEL_TRACES_SAMPLER", "jaeger_remote"},
          {"OTEL_RESOURCE_ATTRIBUTES", "team"}});
  EXPECT_THAT(
      faults_,
      UnorderedElementsAre(
          HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://c' is"),
          HasSubstr("OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' is"),
          HasSubstr("OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' is"), HasSubstr("OTEL_EXPORTER_OTLP_TIMEOUT: '10s' is"),
          HasSubstr("OTEL_EXPORTER_OTLP_INSECURE: 'yes' is"), HasSubstr("OTEL_TRACES_EXPORTER: 'zipkin' is"),
          HasSubstr("OTEL_SDK_DISABLED: '1' is"), HasSubstr("OTEL_BSP_SCHEDULE_DELAY: '-1' is"),
          HasSubstr("OTEL_BSP_EXPORT_TIMEOUT: '1.5' is"), HasSubstr("OTEL_BSP_MAX_QUEUE_SIZE: '0' is"),
          HasSubstr("OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '99999999999999999999' is"),
          HasSubstr("OTEL_TRACES_SAMPLER: 'jaeger_remote' is"), HasSubstr("OTEL_RESOURCE_ATTRIBUTES: entry 1 is")));
}

TEST_F(OtlpOptionsTest, TakesNoBatchThatIsLongerThanTheQueue) {
  EXPECT_EQ(ReadOn({{"OTEL_BSP_MAX_QUEUE_SIZE", "100"}}).batch.max_batch_size, 100);
  EXPECT_THAT(faults_, IsEmpty());
  ReadOn({{"OTEL_BSP_MAX_QUEUE_SIZE", "100"}, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "101"}});
  EXPECT_THAT(faults_, ElementsAre("OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '101' is more than OTEL_BSP_MAX_QUEUE_SIZE, 100"));
}

TEST_F(OtlpOptionsTest, TakesATimeoutOfZeroForNone) {
  EXPECT_GT(ReadOn({{"OTEL_EXPORTER_OTLP_TIMEOUT", "0"}}).batch.attempt_timeout, absl::Hours(24));
}

TEST_F(OtlpOptionsTest, KnowsTheSamplersOfOpenTelemetry) {
  const auto sampler = [this](const char* kind, const char* argument = "") {
    return ReadOn({{"OTEL_TRACES_SAMPLER", kind}, {"OTEL_TRACES_SAMPLER_ARG", argument}}).sampler;
  };
  EXPECT_EQ(sampler("always_on"), (SamplerOptions{false, 1}));
  EXPECT_EQ(sampler("always_off"), (SamplerOptions{false, 0}));
  EXPECT_EQ(sampler("traceidratio", "0.25"), (SamplerOptions{false, 0.25}));
  EXPECT_EQ(sampler("parentbased_always_on"), (SamplerOptions{true, 1}));
  EXPECT_EQ(sampler("parentbased_always_off"), (SamplerOptions{true, 0}));
  EXPECT_EQ(sampler("parentbased_traceidratio", "0"), (SamplerOptions{true, 0}));
  EXPECT_EQ(sampler("parentbased_traceidratio"), (SamplerOptions{true, 1}));
  EXPECT_THAT(faults_, IsEmpty());
  for (const char* const argument : {"1.1", "-0.1", "nan", "a quarter"}) {
    sampler("traceidratio", argument);
    EXPECT_THAT(faults_, ElementsAre(HasSubstr("OTEL_TRACES_SAMPLER_ARG: "))) << argument;
  }
}

TEST_F(OtlpOptionsTest, ServiceNameComesBeforeTheAttributesName) {
  EXPECT_THAT(ReadOn({{"OTEL_RESOURCE_ATTRIBUTES", "team=b%C3%A4r,service.name=a"}}).resource,
              ElementsAre(Pair("service.name", "a"), Pair("team", "b\xc3\xa4r")));
  EXPECT_THAT(ReadOn({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a"}, {"OTEL_SERVICE_NAME", "b"}}).resource,
              ElementsAre(Pair("service.name", "b")));
}

TEST_F(OtlpOptionsTest, LooksAtFilesForTlsAlone) {
  const std::string place = testing::TempDir() + "/otlp_options_test.pem";
  std::ofstream(place) << "no certificate";
  const std::map<std::string, std::string> files = {{"OTEL_EXPORTER_OTLP_CERTIFICATE", place},
                                                    {"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/nowhere/key"}};
  ReadOn(files);
  EXPECT_THAT(faults_, IsEmpty());
  auto with_tls = files;
  with_tls["OTEL_EXPORTER_OTLP_ENDPOINT"] = "https://c";
  ReadOn(with_tls);
  EXPECT_THAT(faults_, ElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_CERTIFICATE: "),
                                   HasSubstr("OTEL_EXPORTER_OTLP_CLIENT_KEY: cannot open"),
                                   "OTEL_EXPORTER_OTLP_CLIENT_KEY: needs OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"));
  std::filesystem::remove(place);
}

}  // namespace
}  // namespace webex_gateway
