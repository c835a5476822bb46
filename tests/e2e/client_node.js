// The main job from Node.js, the API's files loaded at run time.
// Usage: node client_node.js PROTO_FOLDER GOOGLE_PROTO_FOLDER HOST:PORT, with NODE_PATH on @grpc/grpc-js,
// @grpc/proto-loader and protobufjs.
'use strict';
const assert = require('assert');
const path = require('path');
const { promisify } = require('util');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const [protos, googleProtos, address] = process.argv.slice(2);
const files = ['dataset', 'job', 'field', 'trajectory'].map((stem) => `actionmatch/v1/${stem}.proto`);
const definition = loader.loadSync(files, { includeDirs: [protos], longs: Number, enums: String, defaults: true });
const api = grpc.loadPackageDefinition(definition).actionmatch.v1;
const credentials = grpc.credentials.createInsecure();
const datasets = new api.DatasetService(address, credentials);
const jobs = new api.JobService(address, credentials);
const fields = new api.FieldService(address, credentials);
const trajectories = new api.TrajectoryService(address, credentials);
const call = (service, method, request) => promisify(service[method].bind(service))(request);

const tensor = (rows) => ({
  dataType: 'DATA_TYPE_FLOAT64',
  shape: [rows.length, rows[0].length],
  data: Buffer.from(Float64Array.from(rows.flat()).buffer),
});
const numbers = (message) =>
  Array.from({ length: message.data.length / 8 }, (_, i) => message.data.readDoubleLE(8 * i));
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

// A cloud that drifts by (2, -1) in one unit of time; a small generator keeps it the same in every run.
let state = 1;
const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const cloud = (count, time) => Array.from({ length: count }, () => [0.3 * normal() + 2 * time, 0.3 * normal() - time]);

const collect = (stream) =>
  new Promise((resolve, reject) => {
    const messages = [];
    stream.on('data', (message) => messages.push(message));
    stream.on('error', reject);
    stream.on('end', () => resolve(messages));
  });

// The details of a call that must fail, decoded from the trailing metadata.
const decoder = new protobuf.Root();
decoder.resolvePath = (origin, target) => path.join(googleProtos, target);
decoder.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto']);
async function detailsOf(promise) {
  const error = await promise.then(() => assert.fail('the call was not refused'), (e) => e);
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const status = decoder.lookupType('google.rpc.Status').decode(bytes);
  assert.strictEqual(status.code, error.code);
  const details = { code: error.code };
  for (const detail of status.details) {
    const name = detail.type_url.split('/').pop();
    details[name.split('.').pop()] = decoder.lookupType(name).decode(detail.value);
  }
  assert.strictEqual(details.ErrorInfo.domain, 'actionmatch');
  return details;
}

async function errorsSayWhy(field) {
  const missing = await detailsOf(call(fields, 'getField', { name: 'fields/nowhere' }));
  assert.strictEqual(missing.code, grpc.status.NOT_FOUND);
  assert.strictEqual(missing.ErrorInfo.reason, 'FIELD_NOT_FOUND');
  assert.strictEqual(missing.ErrorInfo.metadata.name, 'fields/nowhere');

  const wrong = { job: { dataset: 'datasets/drift', train: { training: { steps: 0, learningRate: -1 } } } };
  const invalid = await detailsOf(call(jobs, 'createJob', wrong));
  assert.strictEqual(invalid.ErrorInfo.reason, 'INVALID_FIELD');
  assert.deepStrictEqual(invalid.BadRequest.fieldViolations.map((violation) => violation.field).sort(),
    ['job.train.training.learning_rate', 'job.train.training.steps']);

  const append = datasets.appendSnapshots();
  const acknowledged = collect(append);
  append.write({ dataset: 'datasets/drift', batch: { number: 9, time: 2, points: tensor(cloud(3, 2)) } });
  append.end();
  const gap = await detailsOf(acknowledged);
  assert.strictEqual(gap.ErrorInfo.reason, 'BATCH_GAP');
  assert.strictEqual(gap.ErrorInfo.metadata.expected, '4');

  const late = await detailsOf(call(fields, 'evaluate', { field, points: tensor(cloud(3, 0)), time: 7 }));
  assert.strictEqual(late.code, grpc.status.OUT_OF_RANGE);
  assert.strictEqual(late.ErrorInfo.reason, 'TIME_OUTSIDE_FIELD');
  assert.strictEqual(late.ErrorInfo.metadata.time, '7');
}

async function main() {
  await call(datasets, 'createDataset', { dataset: { name: 'datasets/drift' } });
  const append = datasets.appendSnapshots();
  const acknowledged = collect(append);
  [0, 0.5, 1].forEach((time, k) =>
    append.write({ dataset: 'datasets/drift', batch: { number: k + 1, time, points: tensor(cloud(300, time)) } }));
  append.end();
  assert.strictEqual((await acknowledged).pop().acknowledgedBatch, 3);

  const job = await call(jobs, 'createJob', {
    job: {
      dataset: 'datasets/drift',
      train: { training: { steps: 600, emaDecay: 0.99 }, potential: { hidden: [64, 64] } },
    },
  });
  const watched = await collect(jobs.watchJob({ name: job.name }));
  assert.strictEqual(watched.pop().job.state, 'STATE_SUCCEEDED');

  const field = job.fields[0];
  const { velocity } = await call(fields, 'evaluate', { field, points: tensor(cloud(50, 0.5)), time: 0.5 });
  const v = numbers(velocity);
  assert.ok(Math.abs(mean(v.filter((_, i) => i % 2 === 0)) - 2) < 0.3, `velocity ${v}`);
  assert.ok(Math.abs(mean(v.filter((_, i) => i % 2 === 1)) + 1) < 0.3, `velocity ${v}`);

  const scores = await call(fields, 'scoreField', { field, dataset: 'datasets/drift' });
  scores.fromPrevious.forEach((score) => assert.ok(score.w1 < 0.5 * score.copyW1, JSON.stringify(score)));

  const blocks = await collect(
    trajectories.sampleTrajectories({ field, points: tensor(cloud(100, 0)), times: [1], solver: { steps: 20 } }));
  const end = blocks.flatMap((block) => numbers(block.points));
  assert.ok(Math.abs(mean(end.filter((_, i) => i % 2 === 0)) - 2) < 0.2);

  await errorsSayWhy(field);
  await call(fields, 'deleteField', { name: field });
  await call(jobs, 'deleteJob', { name: job.name });
  await call(datasets, 'deleteDataset', { name: 'datasets/drift' });
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
