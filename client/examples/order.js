'use strict';
// Orders a workspace, and reads from an error what became of the order. Usage: order.js ADDRESS USER_ID REQUEST_ID

const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const contract = protoLoader.loadSync('webex/broadworks/v1/workspaces.proto', {includeDirs: ['proto']});
const {WorkspaceService} = grpc.loadPackageDefinition(contract).webex.broadworks.v1;
const details = protobuf.loadSync(['proto/google/rpc/status.proto', 'proto/google/rpc/error_details.proto']);

/** Of an error without the gateway's ErrorInfo, made by gRPC or by a proxy, the outcome is unknown. */
function whatHappened(error) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const status = bytes && details.lookupType('google.rpc.Status').decode(bytes);
  const detail = status?.details.find(({type_url}) => type_url === 'type.googleapis.com/google.rpc.ErrorInfo');
  const info = detail && details.lookupType('google.rpc.ErrorInfo').decode(detail.value);
  return info?.domain === 'webex-gateway' ? [info.reason, info.metadata.outcome] : ['no ErrorInfo', 'unknown'];
}

const [address, userId, requestId] = process.argv.slice(2);
const client = new WorkspaceService(address, grpc.credentials.createInsecure());
const order = {
  requestId,  // always: it is what makes a repeated call the same order
  provisioningId: 'your-provisioning-id',
  userId,
  spEnterpriseId: 'Reseller1+acme',
  displayName: 'Conference Room',
};
client.provisionWorkspace(order, {deadline: Date.now() + 30_000}, (error, workspace) => {
  console.log(error ? whatHappened(error).join(': ') : `provisioned ${workspace.id}`);
  process.exitCode = error ? 1 : 0;
  client.close();
});
