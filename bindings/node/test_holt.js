// The Node binding against the installed library (HOLT_LIBRARY names it). Skipped where koffi is not installed.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');

let missing = false;
try {
  require.resolve('koffi');
} catch {
  missing = 'koffi is not installed';
}
const holt = missing ? null : require('./holt.js');

function prepare(context) {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'holt-node-'));
  const source = path.join(work, 'source');
  fs.mkdirSync(path.join(source, 'lib'), { recursive: true });
  fs.writeFileSync(path.join(source, 'app.conf'), 'port=1\n');
  fs.writeFileSync(path.join(source, 'lib', 'code'), 'x'.repeat(1000));
  const store = holt.Store.init(path.join(work, 'store'));
  context.after(() => { store.close(); fs.rmSync(work, { recursive: true }); });
  return { work, source, store };
}

test('a tree comes back with the same names', { skip: missing }, (context) => {
  const { work, source, store } = prepare(context);
  const report = store.snapshot(source, { name: 'one', tags: { branch: 'main' } });
  assert.deepStrictEqual([report.files, report.folders, report.id.length], [2, 2, 64]);
  assert.deepStrictEqual(store.find('one').tags, { branch: 'main' });
  const out = path.join(work, 'out');
  assert.strictEqual(store.restore('one', out, { link: 'copy', durable: true }).link, 'copy');
  assert.strictEqual(fs.readFileSync(path.join(out, 'app.conf'), 'utf8'), 'port=1\n');
  assert.deepStrictEqual(store.list().map((info) => info.id), [report.id]);
});

test('failures are errors with a kind and an advice code', { skip: missing }, (context) => {
  const { work, source, store } = prepare(context);
  assert.throws(() => holt.Store.open(path.join(work, 'nowhere')),
    (error) => error instanceof holt.HoltError && error.kind === 'no-store' && error.advice_code === 10);
  assert.throws(() => store.snapshot(source, { nmae: 'one' }), TypeError);
  assert.throws(() => store.restore('one', work, { link: 'soft' }), TypeError);
});

test('an environment is built once and a miss says why', { skip: missing }, (context) => {
  const { work, store } = prepare(context);
  const lock = path.join(work, 'lock'), deps = path.join(work, 'deps');
  const key = () => holt.Key.hash({ prefix: 'deps-', root: work, files: ['lock'], texts: ['1'] });
  fs.writeFileSync(lock, 'one');
  const first = key();
  assert.deepStrictEqual(first.inputs().map((i) => [i.kind, i.name]), [['file', 'lock'], ['text', '1']]);
  let builds = 0;
  const build = () => {
    ++builds;
    fs.mkdirSync(deps);
    fs.writeFileSync(path.join(deps, 'code'), 'code');
  };
  let report = store.cache_run(first, deps, build);
  assert.deepStrictEqual([report.built, report.saved, report.outcome, builds], [1, 1, 'saved', 1]);
  report = store.cache_run(key(), deps, build);
  assert.deepStrictEqual([report.built, report.match, builds], [0, 'exact', 1]);
  report = store.cache_restore(first, path.join(work, 'again'), { restore: { link: 'copy' } });
  assert.deepStrictEqual([report.match, report.files, report.found.snapshot.key], ['exact', 1, String(first)]);
  fs.writeFileSync(lock, 'two');
  const what = store.cache_lookup(key());
  assert.deepStrictEqual([what.match, what.nearest.key], ['none', String(first)]);
  assert.deepStrictEqual(what.changes.map((c) => [c.how, c.kind, c.name]), [['changed', 'file', 'lock']]);
  assert.strictEqual(store.cache_lookup(key(), { restore_keys: ['deps-'] }).match, 'partial');
  assert.deepStrictEqual(store.cache_evict({ keys: [String(first)] }).map((info) => info.key), [String(first)]);
  assert.throws(() => store.cache_run('key', deps, () => { throw new RangeError('no compiler'); }), RangeError);
  assert.strictEqual(store.cache_run('key', deps, () => 3).build_result, 3);
  assert.strictEqual(store.cache_save('key', deps, { scope: 'branch', build_time_ms: 5 }).outcome, 'saved');
  assert.strictEqual(store.cache_lookup('key').match, 'none');
  assert.strictEqual(store.cache_lookup('key', { scopes: ['branch'] }).snapshot.build_time_ms, 5);
});

test('what takes long tells how far it is, and can be stopped', { skip: missing }, async (context) => {
  const { work, source, store } = prepare(context);
  const stages = new Set();
  const report = await store.snapshot_async(source, { name: 'one', progress: (now) => stages.add(now.stage), threads: 2 });
  assert.strictEqual(report.files, 2);
  assert.ok(stages.size > 0);
  await assert.rejects(store.snapshot_async(source, { signal: AbortSignal.abort() }), { kind: 'cancelled' });
  await assert.rejects(store.restore_async('one', path.join(work, 'half'), { progress: () => { throw new RangeError('no'); } }),
    RangeError);
  assert.strictEqual((await store.restore_async('one', path.join(work, 'whole'))).files, 2);
});

test('two trees are compared', { skip: missing }, async (context) => {
  const { work, source, store } = prepare(context);
  store.snapshot(source, { name: 'one' });
  fs.writeFileSync(path.join(source, 'app.conf'), 'port=22\n');
  fs.writeFileSync(path.join(source, 'more'), '');
  store.snapshot(source, { name: 'two' });
  for (const side of ['two', source]) {
    const { differences, added, changed } = await store.diff('one', side, { exclude: ['lib'] });
    assert.deepStrictEqual([added, changed > 0], [1, true]);
    assert.deepStrictEqual(differences.filter((d) => d.path !== '.').map((d) => [d.path, d.change]),
      [['app.conf', 'content'], ['more', 'added']]);
  }
  await assert.rejects(store.diff('one', 'none'), { kind: 'not-found' });
});

test('archives go out and come in', { skip: missing }, async (context) => {
  const { work, source, store } = prepare(context);
  store.snapshot(source, { name: 'one' });
  const archive = path.join(work, 'one.tar.zst');
  let told = 0;
  const out = await store.export_async('one', archive, { progress: () => { ++told; } });
  assert.deepStrictEqual([out.files, out.archive_bytes, told > 0], [2, fs.statSync(archive).size, true]);
  assert.throws(() => store.export('one', archive), { kind: 'failed' });
  assert.strictEqual(store.export('one', archive, { overwrite: 1 }).files, 2);
  assert.strictEqual(store.import(archive, { name: 'two' }).snapshots, 1);
  assert.deepStrictEqual((await store.diff('one', 'two')).differences, []);
});
