// Orders a workspace, and reads from an error what became of the order. Usage: Order ADDRESS USER_ID REQUEST_ID

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.webex.broadworks.v1.ProvisionWorkspaceRequest;
import com.webex.broadworks.v1.WorkspaceServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.concurrent.TimeUnit;

public class Order {
  public static void main(String[] args) throws InvalidProtocolBufferException {
    ManagedChannel channel = ManagedChannelBuilder.forTarget(args[0]).usePlaintext().build();
    try {
      var workspace = WorkspaceServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(30, TimeUnit.SECONDS)
          .provisionWorkspace(ProvisionWorkspaceRequest.newBuilder()
              .setRequestId(args[2])  // always: it is what makes a repeated call the same order
              .setProvisioningId("your-provisioning-id")
              .setUserId(args[1])
              .setSpEnterpriseId("Reseller1+acme")
              .setDisplayName("Conference Room")
              .build());
      System.out.println("provisioned " + workspace.getId());
    } catch (StatusRuntimeException error) {
      ErrorInfo info = errorInfo(error);
      System.out.println(info.getReason() + ": " + info.getMetadataOrThrow("outcome"));
      System.exit(1);
    } finally {
      channel.shutdownNow();
    }
  }

  // Of an error without the gateway's ErrorInfo, made by gRPC or by a proxy, the outcome is unknown.
  static ErrorInfo errorInfo(StatusRuntimeException error) throws InvalidProtocolBufferException {
    for (Any detail : StatusProto.fromThrowable(error).getDetailsList()) {
      if (!detail.is(ErrorInfo.class)) continue;
      ErrorInfo info = detail.unpack(ErrorInfo.class);
      if (info.getDomain().equals("webex-gateway")) return info;
    }
    return ErrorInfo.newBuilder().setReason("no ErrorInfo").putMetadata("outcome", "unknown").build();
  }
}
