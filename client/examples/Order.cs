// Orders a workspace, and reads from an error what became of the order. Usage: Order ADDRESS USER_ID REQUEST_ID

using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Webex.Broadworks.V1;

using var channel = GrpcChannel.ForAddress($"http://{args[0]}");
var client = new WorkspaceService.WorkspaceServiceClient(channel);
try
{
    var workspace = await client.ProvisionWorkspaceAsync(
        new ProvisionWorkspaceRequest
        {
            RequestId = args[2], // always: it is what makes a repeated call the same order
            ProvisioningId = "your-provisioning-id",
            UserId = args[1],
            SpEnterpriseId = "Reseller1+acme",
            DisplayName = "Conference Room",
        },
        deadline: DateTime.UtcNow.AddSeconds(30));
    Console.WriteLine($"provisioned {workspace.Id}");
    return 0;
}
catch (RpcException error)
{
    // Of an error without the gateway's ErrorInfo, made by gRPC or by a proxy, the outcome is unknown.
    var known = error.GetRpcStatus()?.GetDetail<ErrorInfo>() is { Domain: "webex-gateway" } info
        ? $"{info.Reason}: {info.Metadata["outcome"]}"
        : "no ErrorInfo: unknown";
    Console.WriteLine(known);
    return 1;
}
