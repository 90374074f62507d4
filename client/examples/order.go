// Orders a workspace, and reads from an error what became of the order. Usage: order ADDRESS USER_ID REQUEST_ID
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	broadworksv1 "example.com/caller/gen/webex/broadworks/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

func main() {
	connection, err := grpc.Dial(os.Args[1], grpc.WithInsecure())
	if err != nil {
		log.Fatal(err)
	}
	client := broadworksv1.NewWorkspaceServiceClient(connection)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	workspace, err := client.ProvisionWorkspace(ctx, &broadworksv1.ProvisionWorkspaceRequest{
		RequestId:      os.Args[3], // always: it is what makes a repeated call the same order
		ProvisioningId: "your-provisioning-id",
		UserId:         os.Args[2],
		SpEnterpriseId: "Reseller1+acme",
		DisplayName:    "Conference Room",
	})
	if err != nil {
		reason, outcome := whatHappened(err)
		fmt.Printf("%s: %s\n", reason, outcome)
		os.Exit(1)
	}
	fmt.Println("provisioned", workspace.Id)
}

// Of an error without the gateway's ErrorInfo, made by gRPC or by a proxy, the outcome is unknown.
func whatHappened(err error) (reason, outcome string) {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.Domain == "webex-gateway" {
			return info.Reason, info.Metadata["outcome"]
		}
	}
	return "no ErrorInfo", "unknown"
}
