"""One unary call by Debian's grpcio, whose own retry policy is in charge. What is asked comes as JSON on stdin, and what
came of it goes out as JSON; bytes are in base64."""

import base64
import json
import sys

import grpc

asked = json.load(sys.stdin)
options = [('grpc.service_config', json.dumps(asked['serviceConfig']))]
with grpc.insecure_channel(asked['address'], options) as channel:
    method = channel.unary_unary(asked['method'])
    message = base64.b64decode(asked['message'])
    value = b''
    try:
        value, call = method.with_call(message, timeout=asked['seconds'])
    except grpc.RpcError as error:
        call = error
    trailers = [[key, base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()]
                for key, text in call.trailing_metadata() or ()]
    json.dump({'code': call.code().name, 'message': call.details(), 'trailers': trailers,
               'value': base64.b64encode(value).decode()}, sys.stdout)
