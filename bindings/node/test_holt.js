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
