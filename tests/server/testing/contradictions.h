// Records orders that Webex carried out although they were resolved otherwise.
#pragma once

#include <string>
#include <vector>

#include "server/orders/orders.h"

namespace webex_gateway {

class Contradictions : public OrderObserver {
 public:
  void OnContradicted(const std::string& request_id) override { ids.push_back(request_id); }
  std::vector<std::string> ids;
};

}  // namespace webex_gateway
