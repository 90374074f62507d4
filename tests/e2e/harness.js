'use strict';
// The built programs as their users run them, and third-party clients. Everything started here is ended here.

const assert = require('node:assert/strict');
const {spawn, execFile} = require('node:child_process');
const {randomUUID} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

delete globalThis.crypto;  // Debian 12's Node has none; a newer one shall not hide that a test needs it

const bin = required('WEBEX_BIN');
const root = path.resolve(__dirname, '../..');

function required(name) {
  if (!process.env[name]) throw new Error(`${name} is not set: run these tests through ctest`);
  return process.env[name];
}

// Without the settings of the user who runs the tests.
const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(WEBEX_GATEWAY|WEBEXCTL|OTEL)_/.test(name)));

const contract = grpc.loadPackageDefinition(protoLoader.loadSync(
    [
      'webex/broadworks/v1/workspaces.proto', 'grpc/health/v1/health.proto', 'grpc/reflection/v1/reflection.proto',
      'google/rpc/status.proto', 'google/rpc/error_details.proto'
    ],
    {includeDirs: [path.join(root, 'proto')], longs: Number, enums: String, defaults: true, oneofs: true}));

/** The example of Webex's REST reference. */
const example = Object.freeze({
  provisioningId: 'ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ',
  userId: '95547321@sp.com',
  spEnterpriseId: 'Reseller1+acme',
  displayName: 'Conference Room',
  primaryPhoneNumber: '+1-240-555-1212',
  extension: '51212',
});

/** A running program, one of ours or by path. `line(pattern)` waits for a line of its output. */
class Program {
  constructor(name, args, env = {}) {
    this.output = '';
    this.waiting = [];
    this.process = spawn(path.resolve(bin, name), args, {env: {...inherited, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
    this.exited = new Promise(resolve => this.process.on('close', (code, signal) => resolve(code ?? signal)));
    const take = chunk => {
      this.output += chunk;
      this.waiting = this.waiting.filter(({pattern, resolve}) => {
        const match = this.output.match(pattern);
        if (match) resolve(match);
        return !match;
      });
    };
    this.process.stdout.on('data', take);
    this.process.stderr.on('data', take);
  }

  async line(pattern) {
    const match = this.output.match(pattern);
    if (match) return match;
    const seen = new Promise(resolve => this.waiting.push({pattern, resolve}));
    const ended = this.exited.then(code => {
      throw new Error(`ended (${code}) before ${pattern}:\n${this.output}`);
    });
    let limit;
    const late = new Promise((_, reject) => {
      limit = setTimeout(() => reject(new Error(`no ${pattern} after 30 s in:\n${this.output}`)), 30_000);
    });
    return Promise.race([seen, ended, late]).finally(() => clearTimeout(limit));
  }

  /** Its output is discarded from now on. */
  forgetOutput() {
    for (const stream of [this.process.stdout, this.process.stderr]) stream.removeAllListeners('data').resume();
  }

  signal(name = 'SIGTERM') {
    this.process.kill(name);
  }

  stop(name) {
    this.signal(name);
    return this.exited;
  }
}

class Sandbox extends Program {
  static async start(...args) {
    const sandbox = new Sandbox('webex-sandbox', ['--listen=127.0.0.1:0', ...args]);
    sandbox.url = (await sandbox.line(/listening on (\S+)/))[1];
    return sandbox;
  }

  async control(method, what, body) {
    const init = {method, body: body && JSON.stringify(body), headers: {'Content-Type': 'application/json'}};
    const answer = await fetch(`${this.url}/sandbox/${what}`, init);
    if (!answer.ok) throw new Error(`${method} ${what}: ${answer.status} ${await answer.text()}`);
    return answer.text().then(text => text ? JSON.parse(text) : null);
  }

  fault(fault) {
    return this.control('POST', 'faults', fault);
  }
  stats() {
    return this.control('GET', 'stats');
  }
  /** Waits until it has this many orders, at most 10 s. */
  async received(orders) {
    const limit = Date.now() + 10_000;
    for (;;) {
      const {postsReceived} = await this.stats();
      if (postsReceived >= orders) return;
      if (Date.now() > limit) throw new Error(`the sandbox has ${postsReceived} orders after 10 s, not ${orders}`);
      await sleep(10);
    }
  }
  /** Its last orders, by the headers that distinguish attempts. */
  async attempts() {
    return (await this.control('GET', 'attempts')).items;
  }
  async workspacesOf(userId) {
    return (await this.control('GET', 'workspaces')).items.filter(workspace => workspace.userId === userId);
  }
}

class Gateway extends Program {
  static async start(
      sandbox, args = [], env = {WEBEX_GATEWAY_WEBEX_TOKEN: 'sandbox-token'}, program = 'webex-gateway') {
    const directory = temporaryDirectory();
    const ledger = `--ledger=sqlite:${path.join(directory, 'ledger.db')}`;
    const settings = [
      '--listen=127.0.0.1:0', '--admin_listen=127.0.0.1:0', `--webex_base_url=${sandbox.url}/v1`, ledger, ...args
    ];
    const gateway = new Gateway(program, settings, env);
    gateway.exited.then(() => fs.rmSync(directory, {recursive: true}));
    const [line] = await gateway.line(/.* serving .*\n|.*"event":"serving".*\n/);
    const [, port] = line.match(/ ports=(\d+)|"ports":\[(\d+)/).filter(Boolean);
    const [, adminPort] = line.match(/ admin_port=(\d+)|"admin_port":(\d+)/).filter(Boolean);
    gateway.adminUrl = `http://127.0.0.1:${adminPort}`;
    gateway.address = `127.0.0.1:${port}`;
    gateway.channel = new grpc.Client(gateway.address, grpc.credentials.createInsecure(), {'grpc.enable_retries': 0});
    return gateway;
  }

  async stop(name) {
    this.channel?.close();
    return super.stop(name);
  }

  /** The events of its log so far, unless that is text. */
  log() {
    return this.output.split('\n').slice(0, -1).map(line => JSON.parse(line));
  }

  /** A page of the admin port. */
  async admin(path) {
    const answer = await fetch(this.adminUrl + path);
    return {status: answer.status, body: await answer.text()};
  }
  /** The series of /metrics, by name and labels as written there. */
  async metrics() {
    const {body} = await this.admin('/metrics');
    const lines = body.trim().split('\n').filter(line => !line.startsWith('#'));
    const series = new Map(lines.map(line => line.match(/^(.*) (\S+)$/).slice(1)).map(([name, value]) => [name, +value]));
    series.sum = family => [...series].reduce((sum, [name, value]) => name.split('{')[0] === family ? sum + value : sum, 0);
    return series;
  }

  /** Sends any `bytes` as the order, over `channel`. */
  call(method, bytes, decode, {metadata = new grpc.Metadata(), channel = this.channel, ...options} = {}) {
    return new Promise(resolve => {
      const answer = {};
      const call = channel.makeUnaryRequest(
          method, x => x, decode, bytes, metadata, {deadline: Date.now() + 20_000, ...options},
          (error, value) => Object.assign(answer, {error, value}));
      answer.call = call;
      call.on('status', status => resolve(Object.assign(answer, answerOf(status))));
      options.onCall?.(call);
    });
  }

  /** Calls a method of WorkspaceService. */
  order(name, order, options) {
    const method = contract.webex.broadworks.v1.WorkspaceService.service[name];
    return this.call(method.path, method.requestSerialize(order), method.responseDeserialize, options);
  }
  provision(order, options) {
    return this.order('ProvisionWorkspace', order, options);
  }
  update(order, options) {
    return this.order('UpdateWorkspace', order, options);
  }
  remove(order, options) {
    return this.order('RemoveWorkspace', order, options);
  }

  health(service = '') {
    const method = contract.grpc.health.v1.Health.service.Check;
    return this.call(method.path, method.requestSerialize({service}), method.responseDeserialize);
  }
}

// grpc-js does not decode the details of an error.
const rpcTypes = protobuf.loadSync(
    ['google/rpc/status.proto', 'google/rpc/error_details.proto'].map(name => path.join(root, 'proto', name)));

/** The google.rpc details of an error, by type. */
function details(metadata) {
  const [bytes] = metadata.get('grpc-status-details-bin');
  if (!bytes) return {};
  const status = rpcTypes.lookupType('google.rpc.Status').decode(bytes);
  const entries = status.details.map(detail => {
    const name = detail.type_url.replace('type.googleapis.com/', '');
    const type = rpcTypes.lookupType(name);
    return [name, type.toObject(type.decode(detail.value), {longs: Number})];
  });
  return Object.fromEntries(entries);
}

/** The parts of a call's status that tests check. */
function answerOf(status) {
  const all = details(status.metadata);
  const info = all['google.rpc.ErrorInfo'] ?? {};
  // This holds for every error from the gateway, in any test.
  const mark = info.reason ? ` [${info.reason}, ${info.metadata.outcome}]` : '';
  // A gateway of an earlier commit (tests/upgrade.sh) may not have it.
  if (!process.env.WEBEX_OLDER_BIN) assert.ok(status.details.endsWith(mark), `${status.details} does not end with${mark}`);
  return {
    code: grpc.status[status.code],
    message: status.details,
    trailers: status.metadata.getMap(),
    details: all,
    info,
    outcome: info.metadata?.outcome,
  };
}

/** Runs a program to its end. */
function run(file, args, {env = {}, input = '', timeout = 30_000} = {}) {
  return new Promise(resolve => {
    const child = execFile(file, args, {env: {...inherited, ...env}, timeout}, (error, stdout, stderr) => {
      resolve({code: error ? error.code ?? error.signal : 0, stdout, stderr});
    });
    child.stdin.on('error', () => {});  // it may end before it has read anything
    child.stdin.end(input);
  });
}

const webexctl = (args, options) => run(path.join(bin, 'webexctl'), args, options);
const webexGateway = (args, options) => run(path.join(bin, 'webex-gateway'), args, options);
const bufCurl = args => run(path.join(required('NODE_PATH'), '.bin', 'buf'), ['curl', ...args]);

let users = 0;
/** An order for a user of its own, under a request id of its own. */
const newOrder = () => ({...example, userId: `${++users}@sp.com`, requestId: randomUUID()});

const temporaryDirectory = () => fs.mkdtempSync(path.join(os.tmpdir(), 'webex-gateway-'));

module.exports = {
  root, grpc, contract, answerOf, details, example, Program, Sandbox, Gateway, run, webexctl, webexGateway, bufCurl,
  newOrder, temporaryDirectory
};
