'use strict';
// The details of errors as read by tools that know a service only from its files, like grpcurl: from those that
// reflection returns for it, or from the contract's file and its imports.

const {test, before, after} = require('node:test');
const assert = require('node:assert/strict');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {create, createFileRegistry, fromBinary, toJson} = require('@bufbuild/protobuf');
const {AnySchema, FileDescriptorProtoSchema, FileDescriptorSetSchema} = require('@bufbuild/protobuf/wkt');
const {root, contract, example, Sandbox, Gateway, temporaryDirectory} = require('./harness.js');

let sandbox;
let gateway;

before(async () => {
  sandbox = await Sandbox.start();
  gateway = await Gateway.start(sandbox);
});
after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
});

/** A file after all its imports, each once. */
function inOrder(file, files, found = []) {
  if (found.includes(file)) return found;
  for (const name of file.dependency) inOrder(files.find(other => other.name === name), files, found);
  found.push(file);
  return found;
}

/** The types of a file and its imports, and no others. */
const typesOf = (file, files) => createFileRegistry(create(FileDescriptorSetSchema, {file: inOrder(file, files)}));

/** The types that reflection returns for a service; for both versions of reflection, whose messages are the same. */
async function reflected(service, version) {
  const {requestSerialize, responseDeserialize} = contract.grpc.reflection.v1.ServerReflection.service.ServerReflectionInfo;
  const stream = gateway.channel.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`, requestSerialize, responseDeserialize);
  stream.end({fileContainingSymbol: service});
  const [answer] = await stream.toArray();
  const files =
      answer.fileDescriptorResponse.fileDescriptorProto.map(bytes => fromBinary(FileDescriptorProtoSchema, bytes));
  return typesOf(files[0], files);
}

/** The types of a file under proto/, as `grpcurl -proto` reads it. */
function compiled(file) {
  const directory = temporaryDirectory();
  const set = path.join(directory, 'set');
  execFileSync(
      'protoc', ['-I', 'proto', '--include_imports', `--descriptor_set_out=${set}`, file],
      {cwd: root});
  const files = fromBinary(FileDescriptorSetSchema, fs.readFileSync(set)).file;
  fs.rmSync(directory, {recursive: true});
  return typesOf(files.at(-1), files);
}

const sources = {
  'workspaces.proto': () => compiled('webex/broadworks/v1/workspaces.proto'),
  'operations.proto': () => compiled('webex/broadworks/v1/operations.proto'),
  'reflection v1 of WorkspaceService': () => reflected('webex.broadworks.v1.WorkspaceService', 'v1'),
  'reflection v1 of OperationService': () => reflected('webex.broadworks.v1.OperationService', 'v1'),
  'reflection v1alpha of WorkspaceService': () => reflected('webex.broadworks.v1.WorkspaceService', 'v1alpha'),
};
for (const [name, types] of Object.entries(sources)) {
  test(`${name} brings all that it takes to read an error's details, in the names of JSON`, async () => {
    const {trailers} = await gateway.provision({...example, userId: ''});
    const Status = compiled('google/rpc/status.proto').getMessage('google.rpc.Status');
    const status = fromBinary(Status, trailers['grpc-status-details-bin']);
    const registry = await types();
    const details = status.details.map(detail => toJson(AnySchema, detail, {registry}));
    const byType = Object.fromEntries(details.map(({'@type': type, ...detail}) => [type.split('.').at(-1), detail]));
    assert.equal(byType.ErrorInfo.reason, 'INVALID_REQUEST');
    assert.equal(byType.ErrorInfo.metadata.outcome, 'not_applied');
    assert.deepEqual(byType.BadRequest, {fieldViolations: [{field: 'userId', description: 'must not be empty'}]});
    for (const type of ['RetryInfo', 'RequestInfo']) assert.ok(registry.getMessage(`google.rpc.${type}`), type);
  });
}
