"""Calls for the end-to-end tests by grpcio, sync or aio: reads calls from stdin and writes what came of each to stdout, a
JSON object on a line each. Messages go and come as bytes, in base64, so no code is generated."""

import asyncio
import base64
import json
import sys
import threading

import grpc
import grpc.aio


def arguments_of(call):
    return {
        'metadata': [tuple(entry) for entry in call['metadata']],
        'timeout': call['timeout'],
        'wait_for_ready': call['waitForReady'],
    }


def report(call, code, message, trailers, answer):
    line = {
        'id': call['id'],
        'code': code.name,
        'message': message,
        'trailers': [[key, base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()]
                     for key, value in trailers or ()],
        'answer': None if answer is None else base64.b64encode(answer).decode(),
    }
    sys.stdout.write(json.dumps(line) + '\n')
    sys.stdout.flush()


def options_of(settings):
    # A separate connection for each channel, as in a separate process.
    options = [('grpc.use_local_subchannel_pool', 1)]
    if settings['serviceConfig'] is not None:
        options.append(('grpc.service_config', json.dumps(settings['serviceConfig'])))
    else:
        options.append(('grpc.enable_retries', 0))
    return options


def compression_of(settings):
    return grpc.Compression.Gzip if settings['gzip'] else grpc.Compression.NoCompression


def call_sync(settings):
    channel = grpc.insecure_channel(settings['address'], options_of(settings), compression_of(settings))
    reporting = threading.Lock()

    def run(call):
        method = channel.unary_unary(call['method'])
        try:
            answer, done = method.with_call(base64.b64decode(call['bytes']), **arguments_of(call))
        except grpc.RpcError as error:
            answer, done = None, error
        with reporting:
            report(call, done.code(), done.details(), done.trailing_metadata(), answer)

    for line in sys.stdin:
        threading.Thread(target=run, args=(json.loads(line),)).start()


async def call_aio(settings):
    channel = grpc.aio.insecure_channel(settings['address'], options_of(settings), compression_of(settings))

    async def run(call):
        method = channel.unary_unary(call['method'])
        done = method(base64.b64decode(call['bytes']), **arguments_of(call))
        try:
            answer = await done
        except grpc.aio.AioRpcError:
            answer = None
        report(call, await done.code(), await done.details(), await done.trailing_metadata(), answer)

    lines = asyncio.StreamReader(limit=1 << 28)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    running = set()
    async for line in lines:
        task = asyncio.create_task(run(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


def main():
    settings = json.loads(sys.argv[1])
    if settings['api'] == 'aio':
        asyncio.run(call_aio(settings))
    else:
        call_sync(settings)


main()
