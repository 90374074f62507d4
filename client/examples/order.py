"""Orders a workspace, and reads from an error what became of the order. Usage: order.py ADDRESS USER_ID REQUEST_ID"""

import sys

import grpc
from google.rpc import error_details_pb2, status_pb2
from webex.broadworks.v1 import workspaces_pb2, workspaces_pb2_grpc


def what_happened(error):
    """Of an error without the gateway's ErrorInfo, made by gRPC or by a proxy, the outcome is unknown."""
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info) and info.domain == "webex-gateway":
            return info.reason, info.metadata["outcome"]
    return "no ErrorInfo", "unknown"


address, user_id, request_id = sys.argv[1:]
with grpc.insecure_channel(address) as channel:
    try:
        workspace = workspaces_pb2_grpc.WorkspaceServiceStub(channel).ProvisionWorkspace(
            workspaces_pb2.ProvisionWorkspaceRequest(
                request_id=request_id,  # always: it is what makes a repeated call the same order
                provisioning_id="your-provisioning-id",
                user_id=user_id,
                sp_enterprise_id="Reseller1+acme",
                display_name="Conference Room",
            ),
            timeout=30,
        )
    except grpc.RpcError as error:
        print("%s: %s" % what_happened(error))
        sys.exit(1)
    print("provisioned", workspace.id)
