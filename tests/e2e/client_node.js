// The main job from Node.js, the API's files loaded at run time.
// Usage: node client_node.js PROTO_FOLDER HOST:PORT, with NODE_PATH on @grpc/grpc-js and @grpc/proto-loader.
'use strict';
const assert = require('assert');
const path = require('path');
const { promisify } = require('util');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [protos, address] = process.argv.slice(2);
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

  await assert.rejects(call(fields, 'getField', { name: 'fields/nowhere' }), { code: grpc.status.NOT_FOUND });
  await call(fields, 'deleteField', { name: field });
  await call(jobs, 'deleteJob', { name: job.name });
  await call(datasets, 'deleteDataset', { name: 'datasets/drift' });
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
