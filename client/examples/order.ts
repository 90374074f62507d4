// Orders a workspace, and reads from an error what became of the order. Usage: order.js ADDRESS USER_ID REQUEST_ID

import {ConnectError, createClient} from '@connectrpc/connect';
import {createGrpcTransport} from '@connectrpc/connect-node';
import {ErrorInfoSchema} from './gen/google/rpc/error_details_pb.js';
import {WorkspaceService} from './gen/webex/broadworks/v1/workspaces_pb.js';

async function order(address: string, userId: string, requestId: string): Promise<string> {
  const client = createClient(WorkspaceService, createGrpcTransport({baseUrl: `http://${address}`}));
  const workspace = await client.provisionWorkspace({
    requestId,  // always: it is what makes a repeated call the same order
    provisioningId: 'your-provisioning-id',
    userId,
    spEnterpriseId: 'Reseller1+acme',
    displayName: 'Conference Room',
  }, {timeoutMs: 30_000});
  return workspace.id;
}

/** Of an error without the gateway's ErrorInfo, made by gRPC or by a proxy, the outcome is unknown. */
function whatHappened(error: unknown): string {
  const info = ConnectError.from(error).findDetails(ErrorInfoSchema).find(({domain}) => domain === 'webex-gateway');
  return info ? `${info.reason}: ${info.metadata.outcome}` : 'no ErrorInfo: unknown';
}

const [address, userId, requestId] = process.argv.slice(2);
order(address, userId, requestId).then(id => console.log(`provisioned ${id}`), error => {
  console.log(whatHappened(error));
  process.exitCode = 1;
});
