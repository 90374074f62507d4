#include "server/webex/error_body.h"

#include <gtest/gtest.h>

#include <ostream>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace webex_gateway {
namespace {

struct Shape {
  const char* name;
  std::string body;
  WebexErrorBody read;
};

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.name; }

const Shape kShapes[] = {
    {"Documented",
     R"({"message":"Bad","errors":[{"description":"provisioningId is missing","errorCode":"1001",)"
     R"("fieldName":"provisioningId"}],"trackingId":"ROUTER_1"})",
     {"provisioningId is missing; Bad", "1001", {{"provisioningId", "provisioningId is missing"}}, "ROUTER_1"}},
    {"DocumentedWithoutTheOptionalParts",
     R"({"message":"Bad","errors":[{"description":"worse"}],"trackingId":"t"})",
     {"worse; Bad", "", {}, "t"}},
    {"SeveralErrors",
     R"({"message":"m","errors":[{"description":"a","errorCode":1},{"description":"b","errorCode":2}]})",
     {"a; b; m", "1", {}, ""}},
    {"TheSameTwice",
     R"({"message":"No scope.","errors":[{"description":"No scope."},{"description":"No scope"}]})",
     {"No scope", "", {}, ""}},
    {"ErrorsAsTexts", R"({"errors":["text","more"]})", {"text; more", "", {}, ""}},
    {"ErrorsAsTextsBesideAMessage", R"({"message":"m","errors":["text"]})", {"text; m", "", {}, ""}},
    {"ErrorsAsAText", R"({"errors":"text"})", {"text", "", {}, ""}},
    {"MessageAsAList", R"({"message":["a","b."]})", {"a; b", "", {}, ""}},
    {"ErrorAsAListOfTexts", R"({"error":["a"]})", {"a", "", {}, ""}},
    {"ProblemDetails",
     R"({"type":"about:blank","title":"Forbidden","status":403,"detail":"No such scope"})",
     {"No such scope", "", {}, ""}},
    {"ProblemTitle", R"({"type":"about:blank","title":"Forbidden","status":403})", {"Forbidden", "", {}, ""}},
    {"Fault",
     R"({"fault":{"faultstring":"Quota exceeded","detail":{"errorcode":"x"}}})",
     {"Quota exceeded", "x", {}, ""}},
    {"OnOneLine", R"({"message":["a\r\nb\u2028c\u0085d"]})", {"a  b c d", "", {}, ""}},
    {"NotTooLong",
     absl::StrCat(R"({"message":")", std::string(5000, 'x'), "\"}"),
     {std::string(1000, 'x'), "", {}, ""}},
    {"BehindAByteOrderMark", "\xef\xbb\xbf{\"message\":\"Bad\"}", {"Bad", "", {}, ""}},
    {"PlainTextBehindAByteOrderMark", "\xef\xbb\xbfService Unavailable", {"Service Unavailable", "", {}, ""}},
    {"BesideAHugeNumber", R"({"message":"Bad","x":1e999})", {"Bad", "", {}, ""}},
    {"SeveralFields",
     R"({"errors":[{"description":"Unknown.","fieldName":"a"},{"description":"Bad\nnumber.","fieldName":"b"}]})",
     {"Unknown; Bad number", "", {{"a", "Unknown"}, {"b", "Bad number"}}, ""}},
    {"NumericCode", R"({"errors":[{"description":"d","errorCode":10022}]})", {"d", "10022", {}, ""}},
    {"LongNumericCode", R"({"errors":[{"description":"d","errorCode":2423005}]})", {"d", "2423005", {}, ""}},
    {"NumericCodeWithFraction", R"({"errors":[{"errorCode":1.5}]})", {"", "1.5", {}, ""}},
    {"MessageAlone", R"({"message":"Bad","trackingId":"t"})", {"Bad", "", {}, "t"}},
    {"EmptyErrors", R"({"message":"Bad","errors":[]})", {"Bad", "", {}, ""}},
    {"KeyAndMessageList",
     R"({"error":{"key":"400","message":[{"description":"no scope","code":"1001"}]}})",
     {"no scope", "1001", {}, ""}},
    {"ErrorAsAList", R"({"error":[{"description":"a"},{"description":"b"}]})", {"a; b", "", {}, ""}},
    {"CodeAndMessage", R"({"code":400,"message":"Bad","trackingId":"t"})", {"Bad", "400", {}, "t"}},
    {"CodeAsText", R"({"code":"400101","message":"Bad","trackingId":"t"})", {"Bad", "400101", {}, "t"}},
    {"CapitalErrors", R"({"Errors":[{"errorCode":"200001"}]})", {"", "200001", {}, ""}},
    {"OAuth",
     R"({"error":"invalid_request","error_description":"The refresh token is expired."})",
     {"The refresh token is expired", "", {}, ""}},
    {"OAuthWithoutDescription", R"({"error":"invalid_client"})", {"invalid_client", "", {}, ""}},
    {"OtherLetterCase",
     R"({"Message":"Bad","TRACKINGID":"t","Errors":[{"ErrorCode":"5","FieldName":"f"}]})",
     {"Bad", "5", {{"f", "Bad"}}, "t"}},
    {"OutermostCodeFirst", R"({"a":{"errorCode":"inner"},"errorCode":"outer"})", {"", "outer", {}, ""}},
    {"WhiteSpaceAround", " \r\n{\"message\":\" Bad \"}\n", {"Bad", "", {}, ""}},
    {"NonAscii", "{\"message\":\"schon vergeben: \xc3\x9c\"}", {"schon vergeben: \xc3\x9c", "", {}, ""}},
    {"EscapedNonAscii", R"({"message":"\u00dc \ud83d\udcde"})", {"\xc3\x9c \xf0\x9f\x93\x9e", "", {}, ""}},
    {"PlainText", "Service Unavailable\n", {"Service Unavailable", "", {}, ""}},
    {"LongPlainText", std::string(500, 'x'), {std::string(200, 'x'), "", {}, ""}},
    {"Html", "<html><head><title>502 Bad Gateway</title></head></html>", {}},
    {"HtmlBehindWhiteSpace", "\n  <!DOCTYPE html>", {}},
    {"Empty", "", {}},
    {"WhiteSpace", " \n\t ", {}},
    {"EmptyObject", "{}", {}},
    {"EmptyArray", "[]", {}},
    {"ArrayOfErrors", R"([{"description":"a","errorCode":"1"}])", {"a", "1", {}, ""}},
    {"OddTypes", R"({"message":{"x":1},"errors":{"description":true},"trackingId":["t"],"code":null})", {}},
    {"HalfAnObject", R"({"message":"Bad","errors":[{"desc)", {}},
    {"PlainBytesThatAreNoText", "\x01\x02\xff", {}},
    {"BadUtf8InJson",
     "{\"message\":\"B\xff"
     "d\"}",
     {}},
    {"LoneSurrogate", R"({"message":"\udc00"})", {}},
    {"NulInText", std::string("a\0b", 3), {}},
};

// "field: description" of each violation.
std::string FieldsOf(const WebexErrorBody& body) {
  std::string fields;
  for (const FieldViolation& violation : body.violations) {
    absl::StrAppend(&fields, violation.field, ": ", violation.description, "\n");
  }
  return fields;
}

class ErrorBodyTest : public testing::TestWithParam<Shape> {};

TEST_P(ErrorBodyTest, SaysWhatTheBodySays) {
  const WebexErrorBody read = ReadErrorBody(GetParam().body);
  EXPECT_EQ(read.message, GetParam().read.message);
  EXPECT_EQ(read.code, GetParam().read.code);
  EXPECT_EQ(FieldsOf(read), FieldsOf(GetParam().read));
  EXPECT_EQ(read.tracking_id, GetParam().read.tracking_id);
}

INSTANTIATE_TEST_SUITE_P(Shapes, ErrorBodyTest, testing::ValuesIn(kShapes),
                         [](const auto& shape) { return std::string(shape.param.name); });

// Whatever comes, it is read in time and is fit for a message of ours.
void ExpectHarmless(const std::string& name, const std::string& body) {
  const WebexErrorBody read = ReadErrorBody(body);
  google::rpc::BadRequest::FieldViolation text;
  for (const std::string& part : {read.message, read.code, FieldsOf(read), read.tracking_id}) {
    text.set_field(part);
    EXPECT_TRUE(google::rpc::BadRequest::FieldViolation().ParseFromString(text.SerializeAsString())) << name;
  }
}

std::string Repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(ReadErrorBody, SurvivesWhatIsMeantToHurt) {
  const std::string mebibyte(1 << 20, 'x');
  const std::pair<const char*, std::string> cases[] = {
      {"arrays without end", std::string(100'000, '[')},
      {"closed arrays", std::string(100'000, '[') + std::string(100'000, ']')},
      {"closed arrays behind a quote in apostrophes",
       R"({'"':)" + std::string(100'000, '[') + std::string(100'000, ']')},
      {"objects without end", Repeated(R"({"error":)", 100'000)},
      {"closed objects", Repeated(R"({"error":)", 100'000) + "1" + std::string(100'000, '}')},
      {"nesting at the parser's limit", Repeated(R"({"error":)", 99) + "1" + std::string(99, '}')},
      {"brackets in text", R"({"message":")" + std::string(100'000, '[') + "\"}"},
      {"a huge number", R"({"message":"m","code":1e999999})"},
      {"many digits", R"({"code":)" + std::string(100'000, '9') + "}"},
      {"minus zero", R"({"code":-0})"},
      {"not a number", R"({"code":NaN})"},
      {"duplicate keys", R"({"message":"a","message":"b","code":1,"code":2})"},
      {"bad UTF-8 in a key", "{\"\xff\":1,\"message\":\"m\"}"},
      {"a lone high surrogate", R"({"message":"\ud800"})"},
      {"two high surrogates", R"({"message":"\ud800\ud800"})"},
      {"a half escape", R"({"message":"\u00)"},
      {"an escaped NUL", R"({"message":"a\u0000b"})"},
      {"a mebibyte of text", mebibyte},
      {"a mebibyte in a member", R"({"message":")" + mebibyte + "\"}"},
      {"a mebibyte of members", "{" + Repeated(R"("m":1,)", 150'000) + R"("code":1})"},
      {"a mebibyte of errors",
       R"({"errors":[)" + Repeated(R"({"description":"d"},)", 50'000) + R"({"description":"d"}]})"},
      {"a mebibyte of backslashes", "{\"message\":\"" + Repeated("\\\\", 1 << 19) + "\"}"},
      {"a mebibyte of white space", "{" + std::string(1 << 20, ' ') + "}"},
  };
  for (const auto& [name, body] : cases) ExpectHarmless(name, body);
}

TEST(ReadErrorBody, SurvivesEveryCutOfABody) {
  const std::string body = kShapes[0].body;
  for (size_t size = 0; size < body.size(); ++size) ExpectHarmless("cut", body.substr(0, size));
}

TEST(ReadErrorBody, SurvivesEveryByteInAnyPlace) {
  const std::string body = R"({"errors":[{"description":"d"}]})";
  for (size_t at = 0; at < body.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = body;
      changed[at] = static_cast<char>(byte);
      ExpectHarmless("changed", changed);
    }
  }
}

}  // namespace
}  // namespace webex_gateway
