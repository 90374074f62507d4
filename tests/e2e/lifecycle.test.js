'use strict';
// A workspace from its order to its removal: what callers of UpdateWorkspace and RemoveWorkspace see, and what reaches
// Webex.

const {test, before, after, beforeEach} = require('node:test');
const assert = require('node:assert/strict');
const http = require('node:http');
const {setTimeout: sleep} = require('node:timers/promises');
const {example, Sandbox, Gateway, bufCurl, webexctl} = require('./harness.js');

const unheardOf = 'Y2lzY29zcGFyazovL3VzL1BMQUNFLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMA';
let sandbox;
let gateway;
let orders = 0;

before(async () => {
  sandbox = await Sandbox.start();
  await startAnew();
});
after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
});
beforeEach(() => sandbox.control('POST', 'reset'));

/** A gateway whose breaker has seen no failure yet. */
async function startAnew() {
  await gateway?.stop();
  gateway = await Gateway.start(sandbox, ['--attempt_timeout=2s']);
}

const newId = () => `00000000-0000-4000-8000-${`${++orders}`.padStart(12, '0')}`;

/** A workspace with its own user. */
async function newWorkspace() {
  const answer = await gateway.provision({...example, userId: `user-${++orders}@sp.com`});
  assert.equal(answer.code, 'OK');
  return answer.value;
}

/** The two orders about an existing workspace, and how to see at Webex that they took effect. */
const kinds = [
  {
    method: 'UpdateWorkspace',
    command: 'update',
    order: workspaceId => ({workspaceId, extension: '7'}),
    flags: ['--extension=7'],
    async hadEffect(workspace) {
      assert.equal((await sandbox.workspacesOf(workspace.userId))[0].extension, '7');
    },
  },
  {
    method: 'RemoveWorkspace',
    command: 'remove',
    order: workspaceId => ({workspaceId}),
    flags: [],
    async hadEffect(workspace) {
      assert.deepEqual(await sandbox.workspacesOf(workspace.userId), []);
    },
  },
];

/** Sends an order whose answers are lost until its deadline. */
async function loseAnswers(method, order) {
  await sandbox.fault({kind: 'close', when: 'after', count: 0});
  const answer = await gateway.order(method, order, {deadline: Date.now() + 1000});
  await sandbox.control('DELETE', 'faults');
  assert.equal(answer.outcome, 'unknown');
  return answer;
}

/** The number of requests about workspaces at the sandbox. */
async function requests() {
  return Object.values((await sandbox.stats()).byStatus).reduce((sum, count) => sum + count, 0);
}

test('a workspace is provisioned, changed and removed, and each order is answered from the record when it is repeated',
     async () => {
       const order = {...example, userId: 'life@sp.com', requestId: newId()};
       const made = await gateway.provision(order);
       assert.equal(made.code, 'OK');

       const update = {workspaceId: made.value.id, userId: 'later@sp.com', extension: '', requestId: newId()};
       const changed = await gateway.update(update);
       assert.equal(changed.code, 'OK');
       assert.equal(changed.value.id, made.value.id);
       assert.equal(changed.value.userId, 'later@sp.com');
       assert.equal(changed.value.displayName, example.displayName);
       assert.equal(changed.value.primaryPhoneNumber, example.primaryPhoneNumber);
       assert.equal(changed.value.state, 'PROVISIONED');
       assert.equal(changed.trailers['x-request-id'], update.requestId);
       assert.ok(changed.trailers['x-webex-tracking-id']);

       const removal = {workspaceId: made.value.id, requestId: newId()};
       const removed = await gateway.remove(removal);
       assert.equal(removed.code, 'OK');
       assert.deepEqual(removed.value, {});
       assert.equal(removed.trailers['x-request-id'], removal.requestId);
       assert.ok(removed.trailers['x-webex-tracking-id']);
       assert.deepEqual((await sandbox.control('GET', 'workspaces')).items, []);

       const before = await sandbox.stats();
       const again = [await gateway.provision(order), await gateway.update(update), await gateway.remove(removal)];
       for (const [i, first] of [made, changed, removed].entries()) {
         assert.equal(again[i].code, 'OK');
         assert.deepEqual(again[i].value, first.value);
         assert.equal(again[i].trailers['x-idempotent-replayed'], 'true');
         assert.equal(first.trailers['x-idempotent-replayed'], undefined);
         assert.equal(again[i].trailers['x-webex-tracking-id'], first.trailers['x-webex-tracking-id']);
       }
       assert.deepEqual(await sandbox.stats(), before);
     });

test('a request id belongs to one order: another method, or other content, is refused', async () => {
  const workspace = await newWorkspace();
  const requestId = newId();
  assert.equal((await gateway.update({workspaceId: workspace.id, extension: '1', requestId})).code, 'OK');
  const before = await requests();
  const others = [
    gateway.update({workspaceId: workspace.id, extension: '2', requestId}),
    gateway.update({workspaceId: workspace.id, extension: '1', primaryPhoneNumber: '', requestId}),
    gateway.update({workspaceId: unheardOf, extension: '1', requestId}),
    gateway.remove({workspaceId: workspace.id, requestId}),
    gateway.provision({...example, requestId}),
  ];
  for (const answer of await Promise.all(others)) {
    assert.equal(answer.code, 'INVALID_ARGUMENT');
    assert.equal(answer.info.reason, 'REQUEST_ID_REUSED');
    assert.equal(answer.outcome, 'not_applied');
  }
  assert.equal(await requests(), before);
});

for (const {method, order, hadEffect} of kinds) {
  test(`${method} of a workspace that Webex does not know had no effect`, async () => {
    const answer = await gateway.order(method, order(unheardOf));
    assert.equal(answer.code, 'NOT_FOUND');
    assert.equal(answer.info.reason, 'WEBEX_NOT_FOUND');
    assert.equal(answer.outcome, 'not_applied');
    assert.equal(answer.info.metadata.attempts, '1');
  });

  test(`${method} that meets a conflict at Webex is aborted`, async () => {
    const workspace = await newWorkspace();
    await sandbox.fault({kind: 'status', status: 409});
    const answer = await gateway.order(method, order(workspace.id));
    assert.equal(answer.code, 'ABORTED');
    assert.equal(answer.info.reason, 'WEBEX_CONFLICT');
    assert.equal(answer.outcome, 'not_applied');
  });

  for (const fault of [{kind: 'close', when: 'after'}, {kind: 'status', status: 500, applied: true}]) {
    test(`${method} is sent again where it may have had its effect (${fault.status ?? fault.kind}), and goes well`,
         async () => {
           const workspace = await newWorkspace();
           await sandbox.fault(fault);
           const answer = await gateway.order(method, order(workspace.id));
           assert.equal(answer.code, 'OK');
           const {faultsInjected, updated, removed} = await sandbox.stats();
           assert.equal(faultsInjected, 1);
           assert.equal(updated + removed, method === 'UpdateWorkspace' ? 2 : 1);
         });
  }

  test(`${method} whose answers are lost until its deadline is unknown, and goes well under the same id afterwards`,
       async () => {
         await startAnew();
         const workspace = await newWorkspace();
         const requestId = newId();
         const lost = await loseAnswers(method, {...order(workspace.id), requestId});
         assert.equal(lost.trailers['grpc-retry-pushback-ms'], '-1');
         await hadEffect(workspace);

         // It blocks nothing meanwhile.
         const other = await gateway.update({workspaceId: workspace.id, extension: '8'});
         assert.equal(other.code, method === 'UpdateWorkspace' ? 'OK' : 'NOT_FOUND');

         const settled = await gateway.order(method, {...order(workspace.id), requestId});
         assert.equal(settled.code, 'OK');
         assert.equal(settled.trailers['x-idempotent-replayed'], undefined);
         await hadEffect(workspace);
         const replayed = await gateway.order(method, {...order(workspace.id), requestId});
         assert.equal(replayed.code, 'OK');
         assert.equal(replayed.trailers['x-idempotent-replayed'], 'true');
       });

  test(`${method} with validateOnly sends nothing, and names what is wrong`, async () => {
    const valid = await gateway.order(method, {...order(unheardOf), validateOnly: true});
    assert.equal(valid.code, 'OK');
    const wrong = await gateway.order(method, {...order(''), requestId: 'mine', validateOnly: true});
    assert.equal(wrong.code, 'INVALID_ARGUMENT');
    assert.equal(wrong.info.reason, 'INVALID_REQUEST');
    const fields = wrong.details['google.rpc.BadRequest'].fieldViolations.map(violation => violation.field);
    assert.deepEqual(fields.sort(), ['requestId', 'workspaceId']);
    assert.equal(await requests(), 0);
  });

  test(`${method} refuses an id that is longer than 256 bytes or holds a control character`, async () => {
    for (const workspaceId of ['x'.repeat(257), 'ü'.repeat(129), 'a\nb']) {
      const answer = await gateway.order(method, order(workspaceId));
      assert.equal(answer.code, 'INVALID_ARGUMENT');
      const [{field}] = answer.details['google.rpc.BadRequest'].fieldViolations;
      assert.equal(field, 'workspaceId');
    }
    assert.equal(await requests(), 0);
  });

  test(`${method} is understood by a client that knows no proto`, async () => {
    const workspace = await newWorkspace();
    const {code, stderr} = await bufCurl([
      '--protocol=grpc', '--http2-prior-knowledge', '--data', JSON.stringify(order(workspace.id)),
      `http://${gateway.address}/webex.broadworks.v1.WorkspaceService/${method}`
    ]);
    assert.equal(code, 0, stderr);
    await hadEffect(workspace);
  });

  test(`${method} is counted and logged by its name`, async () => {
    const ok = `grpc_server_handled_total{grpc_code="OK",grpc_method="${
        method}",grpc_service="webex.broadworks.v1.WorkspaceService",grpc_type="unary"}`;
    const count = async () => {
      const series = await gateway.metrics();
      const name = [...series.keys()].find(key => sameSeries(key, ok));
      assert.ok(name, ok);
      return series.get(name);
    };
    const before = await count();
    const workspace = await newWorkspace();
    const requestId = newId();
    assert.equal((await gateway.order(method, {...order(workspace.id), requestId})).code, 'OK');
    assert.equal(await count(), before + 1);
    await gateway.line(new RegExp(`"event":"answer","rpc":"${method}","request_id":"${requestId}"`));
  });
}

/** Whether two series' names have the same labels, in any order. */
function sameSeries(one, other) {
  const parts = name => name.replace(/[{}]/g, ',').split(',').sort().join();
  return parts(one) === parts(other);
}

test('an update of nothing is refused, with the fields that it could change', async () => {
  const answer = await gateway.update({workspaceId: unheardOf});
  assert.equal(answer.code, 'INVALID_ARGUMENT');
  assert.equal(answer.info.reason, 'INVALID_REQUEST');
  const violations = JSON.stringify(answer.details['google.rpc.BadRequest'].fieldViolations);
  for (const field of ['userId', 'primaryPhoneNumber', 'extension']) assert.match(violations, new RegExp(field));
  assert.equal(await requests(), 0);
});

test('while one order for a workspace is under way another is aborted, and one for another workspace is not', async () => {
  const [workspace, other] = [await newWorkspace(), await newWorkspace()];
  await sandbox.control('PUT', 'config', {latencyMs: 500});
  const first = gateway.update({workspaceId: workspace.id, extension: '1', requestId: newId()});
  const limit = Date.now() + 10_000;
  while ((await gateway.metrics()).get('webex_gateway_calls_in_flight') === 0) {
    assert.ok(Date.now() < limit, 'the update has not left after 10 s');
    await sleep(5);
  }
  const [second, elsewhere] =
      await Promise.all([gateway.remove({workspaceId: workspace.id}), gateway.remove({workspaceId: other.id})]);
  assert.equal(second.code, 'ABORTED');
  assert.equal(second.info.reason, 'OPERATION_IN_PROGRESS');
  assert.equal(second.outcome, 'not_applied');
  assert.equal(elsewhere.code, 'OK');
  assert.equal((await first).code, 'OK');
  assert.equal((await sandbox.workspacesOf(workspace.userId)).length, 1);
});

test('an order is held back by an unknown one whose user differs in letter case and outer blanks alone', async () => {
  const requestId = newId();
  await sandbox.fault({kind: 'status', status: 500});
  assert.equal((await gateway.provision({...example, userId: 'Room9@sp.com', requestId})).outcome, 'unknown');
  const answer = await gateway.provision({...example, userId: ' room9@SP.com '});
  assert.equal(answer.code, 'FAILED_PRECONDITION');
  assert.equal(answer.info.reason, 'OUTCOME_UNKNOWN');
  assert.equal(answer.info.metadata.earlier_request_id, requestId);
  await webexctl(['operations', 'resolve', requestId, '--not_applied', '--note=n', `--address=${gateway.address}`]);
});

// Node's own HTTP server, which exposes the request line.
test('a workspace id reaches Webex percent-encoded once, whatever is in it, and only what is set is in the body', async () => {
  const seen = [];
  const webex = http.createServer((request, response) => {
    let body = '';
    request.on('data', chunk => body += chunk);
    request.on('end', () => {
      seen.push({line: `${request.method} ${request.url}`, body, type: request.headers['content-type']});
      const id = decodeURIComponent(request.url.split('/').pop());
      if (request.method === 'DELETE') return response.writeHead(204).end();
      response.writeHead(200, {'Content-Type': 'application/json'}).end(JSON.stringify({id, extension: ''}));
    });
  });
  await new Promise(resolve => webex.listen(0, '127.0.0.1', resolve));
  const plain = await Gateway.start({url: `http://127.0.0.1:${webex.address().port}`});
  try {
    const ids = [
      ['a/b', 'a%2Fb'], ['a+b', 'a%2Bb'], ['a%2Fb', 'a%252Fb'], ['a b', 'a%20b'], ['Büro', 'B%C3%BCro'],
      ['../workspaces?x=1#y', '..%2Fworkspaces%3Fx%3D1%23y'], ['..', null], ['.', null], ['...', '...'], ['A-Za_z0.9~', 'A-Za_z0.9~'],
      ['\u{1F3E2}', '%F0%9F%8F%A2'], ['x'.repeat(256), 'x'.repeat(256)]
    ];
    for (const [workspaceId, encoded] of ids) {
      const update = await plain.update({workspaceId, extension: ''});
      const removal = await plain.remove({workspaceId});
      const requests = seen.splice(0);
      if (encoded === null) {  // a proxy might take it for a step in the path, even encoded
        for (const answer of [update, removal]) {
          assert.equal(answer.code, 'INVALID_ARGUMENT');
          assert.equal(answer.details['google.rpc.BadRequest'].fieldViolations[0].field, 'workspaceId');
        }
        assert.deepEqual(requests, []);
        continue;
      }
      assert.equal(update.code, 'OK', workspaceId);
      assert.equal(removal.code, 'OK', workspaceId);
      assert.equal(update.value.id, workspaceId);
      const path = `/v1/broadworks/workspaces/${encoded}`;
      assert.deepEqual(requests.map(({line}) => line), [`PUT ${path}`, `DELETE ${path}`]);
      assert.deepEqual(requests.map(({body}) => body), ['{"extension":""}', '']);
      assert.match(requests[0].type, /^application\/json/);
    }
  } finally {
    await plain.stop();
    webex.closeAllConnections();
    webex.close();
  }
});

const run = (command, ...args) => webexctl([command, ...args, `--address=${gateway.address}`]);

test('a user provisions, changes and removes a workspace with webexctl', async () => {
  const made = await run('provision', '--provisioning_id=p', '--user_id=by-hand@sp.com', '--sp_enterprise_id=Reseller1+acme',
                         '--display_name=Room', '--extension=1');
  assert.equal(made.code, 0, made.stderr);
  const {id} = JSON.parse(made.stdout);

  const changed = await run('update', `--workspace_id=${id}`, '--extension=', '--primary_phone_number=+1-240-555-1212');
  assert.equal(changed.code, 0, changed.stderr);
  const workspace = JSON.parse(changed.stdout);
  assert.equal(workspace.id, id);
  assert.equal(workspace.primaryPhoneNumber, '+1-240-555-1212');
  assert.equal(workspace.extension ?? '', '');
  assert.match(changed.stderr, /^webexctl: request id \S+, tracking id \S+\n$/);

  const nothing = await run('update', `--workspace_id=${id}`);
  assert.equal(nothing.code, 64 + 3);
  assert.match(nothing.stderr, /^webexctl: the update was refused: INVALID_ARGUMENT \(INVALID_REQUEST\)\n/);
  assert.match(nothing.stderr, /\n  Fields: +\S/);

  const removed = await run('remove', `--workspace_id=${id}`);
  assert.equal(removed.code, 0, removed.stderr);
  assert.equal(removed.stdout, '{}\n');
  assert.match(removed.stderr, /^webexctl: the workspace is removed\nwebexctl: request id /);

  const twice = await run('remove', `--workspace_id=${id}`);
  assert.equal(twice.code, 64 + 5);
  assert.match(twice.stderr, /^webexctl: the removal was refused: NOT_FOUND \(WEBEX_NOT_FOUND\)\n/);
  assert.match(twice.stderr, /\n  Repeat it\? +no: Webex knows no such workspace/);
});

for (const {method, command, order, flags, hadEffect} of kinds) {
  test(`an operator sees an unknown ${method}, and repeats it as webexctl says`, async () => {
    await startAnew();
    const workspace = await newWorkspace();
    const requestId = newId();
    await loseAnswers(method, {...order(workspace.id), requestId});

    const conditions = [`--method=${command}`, `--workspace_id=${workspace.id}`, '--state=unknown'];
    const list = await run('operations', 'list', ...conditions, '--output=json');
    const [operation, ...more] = JSON.parse(list.stdout).operations;
    assert.deepEqual(more, []);
    assert.equal(operation.requestId, requestId);
    assert.equal(operation.method, method);
    assert.equal(operation.workspaceId, workspace.id);
    const known = await run('operations', 'get', requestId);
    assert.match(known.stdout, new RegExp(`\n  Method: +${method}\n  State: +UNKNOWN\n`));
    const advice = known.stdout.match(/\n +webexctl (update|remove) (--workspace_id=\S+) \\\n +(--request_id=\S+)/);
    assert.ok(advice, known.stdout);
    assert.equal(advice[1], command);

    const repeated = await run(command, advice[2], advice[3], ...flags);
    assert.equal(repeated.code, 0, repeated.stderr);
    await hadEffect(workspace);
    assert.deepEqual(JSON.parse((await run('operations', 'list', ...conditions, '--output=json')).stdout).operations, []);
  });

  test(`an operator may resolve an unknown ${method} all the same, and need not name its workspace`, async () => {
    await startAnew();
    const workspace = await newWorkspace();
    const requestId = newId();
    await loseAnswers(method, {...order(workspace.id), requestId});
    const before = await requests();
    const resolved = await run('operations', 'resolve', requestId, '--applied', '--note=seen in Control Hub');
    assert.equal(resolved.code, 0, resolved.stderr);
    assert.match(resolved.stdout, /\n  State: +SUCCEEDED\n/);
    const replayed = await gateway.order(method, {...order(workspace.id), requestId});
    assert.equal(replayed.code, 'OK');
    assert.equal(replayed.trailers['x-idempotent-replayed'], 'true');
    assert.equal(await requests(), before);
  });
}
