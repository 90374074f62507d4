'use strict';
// What the files in deploy/ use already and the gateway does not have yet. A check says so of each, and fails once the
// gateway has it: then its line here has to go, and with the last one this file.
exports.flags = [];
exports.series = [
  'webex_gateway_ledger_oldest_unknown_seconds',
  'webex_gateway_ledger_operations',
  'webex_gateway_ledger_operations{state="unknown"}',
  'webex_gateway_ready{check="ledger"}',
];
