#include "server/webex/workspace_json.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::Workspace;

std::string IdIn(const std::string& json) {
  const std::optional<Workspace> workspace = ReadWorkspace(json);
  return workspace ? workspace->id() : "(nothing)";
}

TEST(ReadWorkspace, ReadsTheExampleOfTheReference) {
  const std::optional<Workspace> workspace = ReadWorkspace(kExampleAnswer);
  ASSERT_TRUE(workspace);
  EXPECT_EQ(workspace->id(), "Y2lzY29zcGFyazovL3VzL1BMQUNFL2RkMjJlZGZlLTlmZWYtNDdmOS05ODFkLWYxYjA3MWFmMDcwYw");
  EXPECT_EQ(workspace->provisioning_id(),
            "ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ");
  EXPECT_EQ(workspace->user_id(), "95547321@sp.com");
  EXPECT_EQ(workspace->sp_enterprise_id(), "Reseller1+acme");
  EXPECT_EQ(workspace->display_name(), "Conference Room");
  EXPECT_EQ(workspace->primary_phone_number(), "+1-240-555-1212");
  EXPECT_EQ(workspace->extension(), "51212");
  EXPECT_EQ(workspace->create_time().seconds(), 1571408776);
  EXPECT_EQ(workspace->create_time().nanos(), 0);
  EXPECT_EQ(workspace->state(), Workspace::PROVISIONED);
}

TEST(ReadWorkspace, TakesAnIdOf256BytesAtMost) {
  const auto read = [](const std::string& id) { return IdIn(absl::StrCat(R"({"id":")", id, R"("})")); };
  EXPECT_EQ(read(std::string(256, 'i')), std::string(256, 'i'));
  EXPECT_EQ(read(std::string(257, 'i')), "(nothing)");
  EXPECT_EQ(read(std::string(254, 'i') + "\u00e9"), std::string(254, 'i') + "\u00e9");
  EXPECT_EQ(read(std::string(255, 'i') + "\u00e9"), "(nothing)");  // 256 characters, and 257 bytes
  EXPECT_EQ(read(std::string(60'000, 'i')), "(nothing)");
}

TEST(ReadWorkspace, TakesNoIdWithControlCharacters) {
  for (const char* escape : {R"(\u0000)", R"(\n)", R"(\t)", R"(\u001b)", R"(\u007f)", R"(\u0080)", R"(\u009f)"}) {
    for (const char* json : {R"({"id":"$0"})", R"({"id":"$0i"})", R"({"id":"i$0"})", R"({"id":"i$0i"})"}) {
      EXPECT_EQ(IdIn(absl::Substitute(json, escape)), "(nothing)") << json << escape;
    }
  }
  EXPECT_EQ(IdIn(R"({"id":"\u00a0 \u00e9"})"), "\u00a0 \u00e9");
}

TEST(ReadWorkspace, KeepsCreatedToTheNanosecond) {
  const std::pair<const char*, int> cases[] = {
      {"", 0},
      {".1", 100'000'000},
      {".12", 120'000'000},
      {".123", 123'000'000},
      {".1234", 123'400'000},
      {".12345", 123'450'000},
      {".123456", 123'456'000},
      {".1234567", 123'456'700},
      {".12345678", 123'456'780},
      {".123456789", 123'456'789},
  };
  for (const auto& [fraction, nanos] : cases) {
    const auto workspace = ReadWorkspace(absl::StrCat(R"({"id":"i","created":"2019-10-18T14:26:16)", fraction, "Z\"}"));
    ASSERT_TRUE(workspace) << fraction;
    EXPECT_EQ(workspace->create_time().seconds(), 1571408776) << fraction;
    EXPECT_EQ(workspace->create_time().nanos(), nanos) << fraction;
  }
}

TEST(ReadWorkspace, ReadsCreatedInAnotherTimeZone) {
  EXPECT_EQ(ReadWorkspace(R"({"id":"i","created":"2019-10-18T16:26:16+02:00"})")->create_time().seconds(), 1571408776);
}

TEST(ReadWorkspace, DistinguishesAnAbsentOptionalFieldFromAnEmptyOne) {
  const auto absent = ReadWorkspace(R"({"id":"i"})");
  EXPECT_FALSE(absent->has_extension());
  EXPECT_FALSE(absent->has_primary_phone_number());
  EXPECT_FALSE(absent->has_create_time());
  const auto empty = ReadWorkspace(R"({"id":"i","extension":"","primaryPhoneNumber":""})");
  EXPECT_TRUE(empty->has_extension());
  EXPECT_TRUE(empty->has_primary_phone_number());
  EXPECT_FALSE(ReadWorkspace(R"({"id":"i","extension":null})")->has_extension());
}

TEST(ReadWorkspace, PassesOverMembersThatItDoesNotKnow) {
  for (const char* other :
       {R"("links":{"self":["a",{"b":null}]})", R"("n":1.5)", R"("n":123456789012345678901234567890)", R"("x":true)",
        R"("":"")", R"("state":"ACTIVE")", R"("state":7)", R"("state":{})", R"("requestId":"r")"}) {
    const auto workspace = ReadWorkspace(absl::StrCat("{", other, R"(,"id":"i","extension":"5"})"));
    ASSERT_TRUE(workspace) << other;
    EXPECT_EQ(workspace->id(), "i") << other;
    EXPECT_EQ(workspace->extension(), "5") << other;
    EXPECT_EQ(workspace->state(), Workspace::PROVISIONED) << other;
  }
}

TEST(ReadWorkspace, DoesNotLoseTheIdForAnOddMember) {
  for (const char* odd : {R"("created":"yesterday")", R"("created":1571408776)", R"("created":"")",
                          R"("created":"2019-10-18T14:26:16.000+0000")", R"("created":"2019-10-18 14:26:16")",
                          R"("created":"2019-10-18T14:26:16.0123456789Z")", R"("created":"99999-10-18T14:26:16Z")",
                          R"("created":{})", R"("created":[])", R"("extension":51212)", R"("extension":{"a":1})",
                          R"("extension":["5"])", R"("displayName":true)", R"("userId":[])"}) {
    const auto workspace = ReadWorkspace(absl::StrCat("{", odd, R"(,"id":"i","spEnterpriseId":"e"})"));
    ASSERT_TRUE(workspace) << odd;
    EXPECT_EQ(workspace->id(), "i") << odd;
    EXPECT_EQ(workspace->sp_enterprise_id(), "e") << odd;
    EXPECT_EQ(workspace->state(), Workspace::PROVISIONED) << odd;
  }
}

// Nobody needs such a member, so it may hold anything: it hides nothing.
TEST(ReadWorkspace, ReadsTheIdBesideWhateverStandsInAMemberThatItDoesNotKnow) {
  const std::string deep = std::string(15'000, '[') + std::string(15'000, ']');
  std::string objects;
  for (int i = 0; i < 5000; ++i) objects += R"({"a":)";
  objects += "1" + std::string(5000, '}');
  for (const std::string& anything :
       {std::string("1e999"), std::string("-1e999"), std::string(5000, '9'), std::string("1e-999"), std::string("-0"),
        deep, objects, std::string(R"({"k":1,"k":2})"), std::string(R"("\ud800")"),
        std::string(R"("\udc00\ud800 \ud800\ud800")"), std::string(R"("\u0000")"), std::string("\"a\tb\r\nc\x01\""),
        std::string("\"Caf\xe9\""), std::string("\"'\\\"'\""), std::string("{\"\xff\":{\"id\":\"j\"}}")}) {
    for (const std::string& json :
         {absl::StrCat(R"({"x":)", anything, R"(,"id":"i","extension":"5"})"),
          absl::StrCat(R"({"id":"i","extension":"5","x":)", anything, "}"),
          absl::StrCat(R"({"x":)", anything, R"(,"id":"i","extension":"5","x":)", anything, "}"),
          absl::StrCat(R"({"id":"i","extension":"5","created":)", anything, R"(,"displayName":)", anything, "}")}) {
      const auto workspace = ReadWorkspace(json);
      ASSERT_TRUE(workspace) << json.substr(0, 100);
      EXPECT_EQ(workspace->id(), "i") << json.substr(0, 100);
      EXPECT_EQ(workspace->extension(), "5") << json.substr(0, 100);
    }
  }
}

TEST(ReadWorkspace, ReadsWhatStandsBehindAByteOrderMark) {
  EXPECT_EQ(IdIn("\xef\xbb\xbf{\"id\":\"i\"}"), "i");
  EXPECT_EQ(IdIn("\xef\xbb\xbf\xef\xbb\xbf{\"id\":\"i\"}"), "(nothing)") << "one mark, no more";
}

TEST(ReadWorkspace, TakesTheLastOfMembersOfOneName) {
  EXPECT_EQ(IdIn(R"({"id":"i","id":"j"})"), "j");
  EXPECT_EQ(IdIn(R"({"id":{"x":1},"id":"j"})"), "j");
}

TEST(ReadWorkspace, ReadsTextAsItWasMeant) {
  EXPECT_EQ(IdIn(R"({"id":"\ud83d\udcde \u00dc \\ud800 \" \/"})"), "\xf0\x9f\x93\x9e \xc3\x9c \\ud800 \" /");
}

TEST(ReadWorkspace, FindsNoWorkspaceWhereThereIsNone) {
  const std::string cases[] = {
      "",
      " ",
      "{}",
      "null",
      "true",
      "5",
      "\"id\"",
      "[]",
      R"([{"id":"i"}])",
      R"([["id","i"]])",
      R"({"id":""})",
      R"({"id":null})",
      R"({"id":{}})",
      R"({"id":["i"]})",
      R"({"workspace":{"id":"i"}})",
      R"({"provisioningId":"p","userId":"u"})",
      R"({"id":"i","extension":"5)",
      R"({"id":"i")",
      R"({"id":"i"}})",
      R"({"id":"i"} trailing)",
      "<html><body>OK</body></html>",
      "OK",
      "{\"id\":\"\xff\"}",
      R"({"id":"i",})",
      R"({'id':'i'})",
      R"({"id":"i" "x":1})",
      R"({"id":"i","x":01})",
      R"({"id":"i","x":NaN})",
      R"({"id":"i","x":"\u12"})",
      R"({"id":"i"}{"id":"j"})",
      "\xef\xbb\xbf",
      R"({"id":"\ud800"})",
      std::string("\0", 1),
  };
  for (const std::string& json : cases) EXPECT_EQ(IdIn(json), "(nothing)") << json;
}

TEST(ReadWorkspace, SurvivesBottomlessNesting) {
  EXPECT_EQ(IdIn(std::string(100'000, '[')), "(nothing)");
  const std::string arrays = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(IdIn(arrays), "(nothing)");
  EXPECT_EQ(IdIn(R"({"id":"i","x":)" + arrays + "}"), "(nothing)");
  EXPECT_EQ(IdIn(R"({'"':)" + arrays + R"(,"id":"i"})"), "(nothing)");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  EXPECT_EQ(IdIn(objects), "(nothing)");
}

TEST(ReadWorkspace, ReadsNoMoreThanIsReadInTime) {
  const auto padded = [](size_t bytes) { return absl::StrCat(R"({"x":")", std::string(bytes, 'x'), R"(","id":"i"})"); };
  EXPECT_EQ(IdIn(padded(60 << 10)), "i");
  EXPECT_EQ(IdIn(padded(64 << 10)), "(nothing)");
}

TEST(ReadWorkspace, TakesTheLastOfTwoMembersOfOneName) {
  EXPECT_EQ(IdIn(R"({"id":"a","id":"b"})"), "b");
  EXPECT_EQ(IdIn(R"({"id":"a","id":5})"), "(nothing)");
  EXPECT_EQ(IdIn(R"({"id":"a","id":null})"), "(nothing)");
  EXPECT_EQ(IdIn(R"({"id":{"id":"a"},"id":"b"})"), "b");
}

TEST(ReadWorkspace, LooksAtTheOutermostObjectAlone) {
  EXPECT_EQ(IdIn(R"({"id":"a","owner":{"id":"b"},"list":[{"id":"c"},"id","d"]})"), "a");
  for (const char* json : {R"({"owner":{"id":"b"}})", R"([{"id":"a"}])", R"("id")", R"({"id":"a"}x)", R"({"id":"a")",
                           R"({"id":"a",})", R"({"id":"a"}{})"}) {
    EXPECT_EQ(IdIn(json), "(nothing)") << json;
  }
}

}  // namespace
}  // namespace webex_gateway
