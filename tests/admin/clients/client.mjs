// A client of the admin API that shares no code with the pool: @grpc/grpc-js and the .proto files.
//
//   node client.mjs FOLDER_OF_NODE_MODULES PROTO_FOLDER < script.json
//
// The script is {address, tls?: {ca, cert, key}, steps: [...]}; each step is a call and becomes one line
// of JSON on stdout:
//   {"call": "GatewayService/GetGateway", "request": {...}, "deadline_ms"?: n}
//       -> {"response": {...}} or {"code", "message", "info", "retry_s"}
//   {"watch": "PoolService/WatchProblems", "request": {...}, "messages": n}
//       -> {"messages": [...]} or the refusal
//   {"health": "readiness"} -> {"status": 1}, which is SERVING
//   {"watchers": n, "watch": ..., "seconds": s, "reads": bool, "until"?: FILE, "each"?: n}
//       -> {"messages": total, "least": of any of them}, after so many seconds, or as soon as there is
//          that file and each has got so many
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [modules, protoFolder] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), 'package.json'));
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const script = JSON.parse(readFileSync(0, 'utf8'));
const files = ['pool', 'fleet', 'gateway', 'channel', 'worker', 'block', 'policy'].map(
  (name) => `adit/admin/v1/${name}.proto`);
const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true,
  includeDirs: [protoFolder] };
const api = grpc.loadPackageDefinition(loader.loadSync(files, options)).adit.admin.v1;

const root = new protobuf.Root();
root.resolvePath = (origin, target) =>
  target.startsWith('google/protobuf/') ? target : path.join(protoFolder, target);
root.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto']);

function decodeError(error) {
  const told = { code: grpc.status[error.code], message: error.details };
  for (const bytes of error.metadata?.get('grpc-status-details-bin') ?? []) {
    const status = root.lookupType('google.rpc.Status').decode(bytes);
    for (const detail of status.details) {
      const name = detail.type_url.split('/').pop();
      const decoded = root.lookupType(name).toObject(root.lookupType(name).decode(detail.value),
        { longs: Number });
      if (name === 'google.rpc.ErrorInfo') told.info = decoded;
      if (name === 'google.rpc.RetryInfo') told.retry_s = decoded.retryDelay.seconds;
    }
  }
  return told;
}

function credentials() {
  if (!script.tls) return grpc.credentials.createInsecure();
  const read = (name) => (script.tls[name] ? readFileSync(script.tls[name]) : null);
  return grpc.credentials.createSsl(read('ca'), read('key'), read('cert'));
}

const clients = {};
function clientOf(service) {
  return (clients[service] ??= new api[service](script.address, credentials(),
    { 'grpc.enable_retries': 0 }));
}

function call(step) {
  const [service, method] = step.call.split('/');
  const settings = step.deadline_ms === undefined ? {}
    : { deadline: Date.now() + step.deadline_ms };
  return new Promise((done) => {
    clientOf(service)[method](step.request ?? {}, settings, (error, response) =>
      done(error ? decodeError(error) : { response }));
  });
}

function watch(step) {
  const [service, method] = step.watch.split('/');
  return new Promise((done) => {
    const messages = [];
    const stream = clientOf(service)[method](step.request ?? {});
    stream.on('data', (message) => {
      messages.push(message);
      if (messages.length < step.messages) return;
      stream.cancel();
      done({ messages });
    });
    stream.on('error', (error) => done(messages.length >= step.messages
      ? { messages } : { messages, ...decodeError(error) }));
  });
}

// Many at once, on one connection; those that do not read let the server wait.
function crowd(step) {
  const [service, method] = step.watch.split('/');
  return new Promise((done) => {
    const counts = Array(step.watchers).fill(0);
    const streams = [];
    for (let i = 0; i < step.watchers; ++i) {
      const stream = clientOf(service)[method](step.request ?? {});
      stream.on('error', () => {});
      if (step.reads) stream.on('data', () => ++counts[i]);
      streams.push(stream);
    }
    console.log(JSON.stringify({ watching: step.watchers }));
    const end = Date.now() + step.seconds * 1000;
    const look = setInterval(() => {
      const least = Math.min(...counts);
      const enough = step.until && existsSync(step.until) && least >= step.each;
      if (!enough && Date.now() < end) return;
      clearInterval(look);
      if (step.leaves !== false) for (const stream of streams) stream.cancel();
      done({ messages: counts.reduce((sum, count) => sum + count, 0), least });
    }, 50);
  });
}

// grpc.health.v1 by hand: a string in field 1 there, an enum in field 1 back.
function health(step) {
  const raw = grpc.makeGenericClientConstructor({ check: {
    path: '/grpc.health.v1.Health/Check', requestStream: false, responseStream: false,
    requestSerialize: (name) => Buffer.concat([Buffer.from([10, name.length]), Buffer.from(name)]),
    responseDeserialize: (bytes) => ({ status: bytes[1] ?? 0 }) } }, 'Health');
  return new Promise((done) => {
    new raw(script.address, credentials()).check(step.health, (error, response) =>
      done(error ? decodeError(error) : response));
  });
}

for (const step of script.steps) {
  const run = step.watchers ? crowd : step.watch ? watch : step.health ? health : call;
  console.log(JSON.stringify(await run(step)));
}
process.exit(0);
