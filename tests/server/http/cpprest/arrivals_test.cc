#include "server/http/cpprest/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace webex_gateway {
namespace {

using boost::asio::ip::tcp;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

// A watched connection on loopback.
class Connected {
 public:
  explicit Connected(Arrivals& arrivals) {
    tcp::acceptor acceptor(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    ours_.connect(acceptor.local_endpoint());
    acceptor.accept(theirs_);
    arrivals.Watch(ours_.native_handle());
  }

  int descriptor() { return ours_.native_handle(); }
  void Receive(const std::string& text) { boost::asio::write(theirs_, boost::asio::buffer(text)); }
  // Waits for it.
  void Read(size_t size) {
    std::string text(size, ' ');
    boost::asio::read(ours_, boost::asio::buffer(text));
  }
  void Close() { ours_.close(); }

 private:
  boost::asio::io_context context_;
  tcp::socket ours_{context_}, theirs_{context_};
};

TEST(ArrivalsTest, ListsAConnectionOnceItIsWatched) {
  Arrivals arrivals;
  Connected connection(arrivals);
  EXPECT_THAT(arrivals.Take(), Optional(Contains(connection.descriptor())));
  EXPECT_THAT(arrivals.Take(), Optional(IsEmpty()));
}

TEST(ArrivalsTest, ListsWhereBytesArrivedAlthoughTheyWereRead) {
  Arrivals arrivals;
  Connected one(arrivals), other(arrivals);
  arrivals.Take();
  for (int round = 0; round < 3; ++round) {
    one.Receive("an answer");
    one.Read(9);
    EXPECT_THAT(arrivals.Take(), Optional(ElementsAre(one.descriptor())));
    EXPECT_THAT(arrivals.Take(), Optional(IsEmpty()));
  }
}

TEST(ArrivalsTest, ListsWhereMoreArrivedThanWasRead) {
  Arrivals arrivals;
  Connected connection(arrivals);
  arrivals.Take();
  for (int round = 0; round < 3; ++round) {
    connection.Receive("two");
    connection.Read(1);
    EXPECT_THAT(arrivals.Take(), Optional(Contains(connection.descriptor())));
  }
}

TEST(ArrivalsTest, ListsManyInOneCall) {
  Arrivals arrivals;
  std::vector<std::unique_ptr<Connected>> connections;
  for (int i = 0; i < 300; ++i) connections.push_back(std::make_unique<Connected>(arrivals));
  EXPECT_THAT(arrivals.Take(), Optional(SizeIs(300)));
  for (const auto& each : connections) each->Receive("x");
  for (const auto& each : connections) each->Read(1);
  EXPECT_THAT(arrivals.Take(), Optional(SizeIs(300)));
}

TEST(ArrivalsTest, WatchesAConnectionThatIsWatchedAlready) {
  Arrivals arrivals;
  Connected connection(arrivals);
  arrivals.Watch(connection.descriptor());
  EXPECT_THAT(arrivals.Take(), Optional(ElementsAre(connection.descriptor())));
}

TEST(ArrivalsTest, ForgetsAConnectionThatIsClosed) {
  Arrivals arrivals;
  Connected connection(arrivals);
  connection.Close();
  EXPECT_THAT(arrivals.Take(), Optional(IsEmpty()));
}

TEST(ArrivalsTest, ReportsThatItCannotWatchOne) {
  Arrivals arrivals;
  arrivals.Watch(-1);
  EXPECT_EQ(arrivals.Take(), std::nullopt);
}

}  // namespace
}  // namespace webex_gateway
