#include "client/strict_json.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace webex_gateway::client {
namespace {

TEST(FaultInJson, IsNoneInWhatTheStandardHas) {
  for (const char* json :
       {"{}", " {\r\n\t\"userId\" : \"u\" , \"extension\":null } ", "[]", "[1, -2.5e+3, true, false]",
        R"({"a": {"b": ["\"\\\u00fc", {}]}, "c": "\\"})", R"("text")", "{\"name\": \"B\xc3\xbcro\"}"}) {
    EXPECT_EQ(FaultInJson(json), "") << json;
  }
}

TEST(FaultInJson, IsNamedWithItsPlace) {
  for (const auto& [json, fault] : {
           std::pair("", "it is empty"),
           {" \r\n", "it is empty"},
           {"{\"userId\": \"u\",\n \"userId\": \"v\"}", "line 2, column 2: userId is a duplicate of userId"},
           {"{\"userId\": \"u\", \"user_id\": \"v\"}", "line 1, column 17: user_id is a duplicate of userId"},
           {"{\"user\\u0049d\": \"u\"}", "line 1, column 2: a name that contains a \\"},
           {"{\n  \"userId\": \"u\",\n}", "line 2, column 16: a comma with nothing after it"},
           {"[1, ]", "line 1, column 3: a comma with nothing after it"},
           {"{,}", "line 1, column 2: expected a name in double quotes"},
           {"{userId: \"u\"}", "line 1, column 2: expected a name in double quotes"},
           {"{'userId': 'u'}", "line 1, column 2: expected a name in double quotes"},
           {"{\"userId\": 'u'}", "line 1, column 12: expected a value"},
           {"{\"userId\": u}", "line 1, column 12: text needs double quotes"},
           {"{\"userId\" \"u\"}", "line 1, column 11: expected a :"},
           {"{\"userId\": \"u\" \"a\": 1}", "line 1, column 16: expected a comma or }"},
           {"[1 2]", "line 1, column 4: expected a comma or ]"},
           {"{\"userId\": \"u\"", "line 1, column 15: it ends here too early"},
           {"{\"userId\": \"u", "line 1, column 12: a text that does not end"},
           {"{\"userId\": \"u\\", "line 1, column 12: a text that does not end"},
           {"{\"userId\": \"u\n\"}", "line 1, column 14: a text that does not end on its line"},
           {"{\"userId\": \"\x01\"}", "line 1, column 13: a control character in a text"},
           {"{} {}", "line 1, column 4: text after the end"},
           {"{} // an order", "line 1, column 4: text after the end"},
       }) {
    EXPECT_EQ(FaultInJson(json), fault) << json;
  }
}

TEST(FaultInJson, CountsLinesFromWhereTheTextBegins) {
  EXPECT_EQ(FaultInJson("{\n,}", 7), "line 8, column 1: expected a name in double quotes");
}

TEST(FaultInJson, IsThatItNestsTooDeep) {
  const std::string deep = absl::StrCat(std::string(100'000, '['), std::string(100'000, ']'));
  EXPECT_EQ(FaultInJson(deep), "line 1, column 34: objects are nested too deeply");
}

}  // namespace
}  // namespace webex_gateway::client
