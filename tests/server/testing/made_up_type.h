// A message type defined by a test: for what a future Webex method may need.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/text_format.h"

namespace webex_gateway {

class MadeUpType {
 public:
  // `file` is the text of a google.protobuf.FileDescriptorProto.
  explicit MadeUpType(const std::string& file) {
    google::protobuf::FileDescriptorProto parsed;
    const bool is_one = google::protobuf::TextFormat::ParseFromString(file, &parsed);
    if (!is_one || pool_.BuildFile(parsed) == nullptr) throw std::invalid_argument(file);
  }

  // An empty message of the type `name`; the MadeUpType must outlive it.
  std::unique_ptr<google::protobuf::Message> New(const std::string& name) {
    return std::unique_ptr<google::protobuf::Message>(messages_.GetPrototype(pool_.FindMessageTypeByName(name))->New());
  }

 private:
  google::protobuf::DescriptorPool pool_{google::protobuf::DescriptorPool::generated_pool()};
  google::protobuf::DynamicMessageFactory messages_;
};

}  // namespace webex_gateway
