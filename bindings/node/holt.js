// Holt for Node: a content-addressed snapshot store for folder trees, through the C interface (libholt.so.0) and koffi.
//
//     const holt = require('holt');
//
//     const store = holt.Store.init('/srv/store');
//     const report = store.snapshot('/srv/app', { name: 'release-1', tags: { branch: 'main' } });
//     store.restore('release-1', '/srv/live', { durable: true });
//     const key = holt.Key.hash({ files: ['package-lock.json'], platform: true });
//     store.cache_run(key, ['node_modules'], () => execSync('npm ci'));
//     await store.export_async(['release-1'], 'app.tar.zst', { progress: (now) => console.log(now.files_done) });
//     store.close();
//
// The names and their meanings are those of holt/holt.h: an option is a property, a report an object with its fields, a
// visitor an array. A failure is a holt.HoltError with kind, errno, operation, object, cause, advice and advice_code.
// Calls are synchronous, but for those that return a promise: what ends in _async, and diff. Beside the options of the
// others these take `progress` (a function of { stage, files_done, ... }), `signal` (an AbortSignal) and `threads`.
'use strict';
const {
  koffi, Tag, INPUT_KINDS, fill, shown, Info, InitOptions, OpenOptions, SnapshotOptions, SnapshotReport, RestoreOptions,
  RestoreReport, KeyOptions, KeyInput, KeyChange, Query, Found, CacheRestoreOptions, CacheRestoreReport,
  CacheSaveOptions, CacheSaveReport, CacheRunOptions, CacheRunReport, EvictOptions, Call, Progress, DiffOptions,
  Difference, DiffReport, Place, ExportOptions, ExportReport, ImportOptions, ImportReport,
} = require('./structs.js');
const lib = koffi.load(process.env.HOLT_LIBRARY || 'libholt.so.0');

const decoded = (of, pointer) => koffi.decode(pointer, of.type);
function info(pointer) {
  const told = decoded(Info, pointer);
  const tags = told.tag_count ? koffi.decode(told.tags, koffi.array(Tag, told.tag_count)) : [];
  return { ...shown(Info, told), tags: Object.fromEntries(Array.from(tags, (tag) => [tag.key, tag.value])) };
}

function input(pointer) {
  const told = decoded(KeyInput, pointer);
  return { ...shown(KeyInput, told), kind: INPUT_KINDS[told.kind] };
}
function found(pointer) {
  const told = decoded(Found, pointer);
  const list = told.change_count ? koffi.decode(told.changes, koffi.array('void *', told.change_count)) : [];
  const change = (at) => ({ ...shown(KeyChange, decoded(KeyChange, at)), ...input(decoded(KeyChange, at).input) });
  const of = (at) => (at ? info(at) : null);
  const [snapshot, nearest, changes] = [of(told.snapshot), of(told.nearest), Array.from(list, change)];
  return { ...shown(Found, told), snapshot, nearest, changes };
}

// ---- Functions: each returns a kind, and takes where to put a status last. ----

const pointer = (prototype) => koffi.pointer(koffi.proto(prototype));
const V = pointer('int holt_visit(void *user, void *item)'), T = pointer('void holt_tell(void *user, void *item)');
const B = pointer('int holt_build(void *user)'), P = 'void *', S = 'const char *', L = 'const char **', N = 'size_t';
const OUT = koffi.out(koffi.pointer('void *'));
const fn = (name, ...types) => lib.func('holt_' + name, 'int', [...types, OUT]);
const C = {
  init: fn('store_init', S, InitOptions.pointer, OUT),
  open: fn('store_open', S, OpenOptions.pointer, OUT),
  snapshot: fn('store_snapshot', P, S, SnapshotOptions.pointer, Call.pointer, SnapshotReport.inout),
  restore: fn('store_restore', P, S, S, RestoreOptions.pointer, Call.pointer, RestoreReport.inout),
  diff: fn('store_diff', P, S, S, DiffOptions.pointer, Call.pointer, V, P, DiffReport.inout),
  export: fn('store_export', P, L, N, Place.pointer, ExportOptions.pointer, Call.pointer, ExportReport.inout),
  import: fn('store_import', P, Place.pointer, ImportOptions.pointer, Call.pointer, ImportReport.inout),
  cancel: fn('cancel_new', OUT),
  list: fn('store_list', P, V, P),
  find: fn('store_find', P, S, V, P),
  hash: fn('key_hash', KeyOptions.pointer, P, OUT),
  of_text: fn('key_of_text', S, OUT),
  inputs: fn('key_inputs', P, V, P),
  lookup: fn('store_cache_lookup', P, P, Query.pointer, T, P),
  cache_restore: fn('store_cache_restore', P, P, L, N, CacheRestoreOptions.pointer, P, T, P, CacheRestoreReport.inout),
  cache_save: fn('store_cache_save', P, P, L, N, CacheSaveOptions.pointer, P, CacheSaveReport.inout),
  cache_run: fn('store_cache_run', P, P, L, N, CacheRunOptions.pointer, B, P, P, CacheRunReport.inout),
  evict: fn('store_cache_evict', P, EvictOptions.pointer, V, P, P),
};
const get = (type, name) => lib.func('holt_' + name, type, [P]);
const TEXTS = ['message', 'operation', 'object', 'cause', 'advice'].map((name) => [name, get(S, 'status_' + name)]);
const [KIND, ERRNO, CODE] = ['kind', 'errno', 'advice_code'].map((name) => get('int', 'status_' + name));
const [FREE_STATUS, FREE_STORE, FREE_KEY, CANCEL, FREE_CANCEL] =
  ['status_free', 'store_close', 'key_free', 'cancel_request', 'cancel_free'].map((name) => get('void', name));
const key_text = get(S, 'key_text'), KIND_NAME = lib.func('holt_kind_name', S, ['int']);

class HoltError extends Error {
  constructor(status) {
    super();
    for (const [name, text] of TEXTS) this[name] = text(status);
    [this.name, this.kind] = ['HoltError', KIND_NAME(KIND(status))];
    [this.errno, this.advice_code] = [ERRNO(status), CODE(status)];
  }
}

function run(function_, ...given) {
  const status = [null];
  if (function_(...given, status) === 0) return;
  const error = new HoltError(status[0]);
  FREE_STATUS(status[0]);
  throw error;
}

// The same in another thread, with a holt_call made of `how` among what is given.
async function run_async(function_, { progress, signal, threads }, ...given) {
  const call = fill(Call, { threads }), thrown = [];
  const tell = progress && koffi.register((_, now) => {
    try { progress(shown(Progress, decoded(Progress, now))); } catch (error) { thrown.push(error); stop(); }
  }, T);
  const cancel = call.cancel = made_by(C.cancel);
  const stop = () => CANCEL(cancel);
  if (tell) call.progress = tell;
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  const status = [null];
  try {
    const all = given.map((one) => (one === CALL ? call : one));
    const kind = await new Promise((resolve, reject) => {
      function_.async(...all, status, (error, result) => (error ? reject(error) : resolve(result)));
    });
    const error = kind === 0 ? null : new HoltError(status[0]);
    if (error) FREE_STATUS(status[0]);
    if (thrown.length > 0) throw thrown[0];
    if (error) throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    FREE_CANCEL(cancel);
    if (tell) koffi.unregister(tell);
  }
}
const CALL = {}; // where run_async puts the call

// Options of the call and those of the operation.
const parted = ({ progress, signal, threads, ...options } = {}) => [{ progress, signal, threads }, options];

function made_by(function_, ...given) {
  const handle = [null];
  run(function_, ...given, handle);
  return handle[0];
}

// What a visitor is told, made into a list; the call itself is `calls(visitor)`.
function told(make, calls) {
  const items = [];
  calls((_, item) => items.push(make(item)) && 0);
  return items;
}

function reported(of, function_, ...given) {
  const made = fill(of);
  run(function_, ...given, made);
  return shown(of, made);
}

async function reported_async(of, function_, how, ...given) {
  const made = fill(of);
  await run_async(function_, how, ...given, made);
  return shown(of, made);
}

// A handle that is freed by close(), or when nobody has it any more.
const freed = new FinalizationRegistry(({ free_it, handle }) => free_it(handle));
class Handle {
  constructor(handle, free_it) {
    Object.assign(this, { handle, free_it });
    freed.register(this, { free_it, handle }, this);
  }
  close() {
    if (this.handle === null) return;
    freed.unregister(this);
    this.free_it(this.handle);
    this.handle = null;
  }
}

// A key of the cache: any text, or by Key.hash() the digest of what an environment is made from.
class Key extends Handle {
  constructor(text, handle) { super(handle || made_by(C.of_text, String(text)), FREE_KEY); }
  static hash(given) { return new Key(null, made_by(C.hash, fill(KeyOptions, given), null)); }
  toString() { return key_text(this.handle); }
  inputs() { return told(input, (visit) => run(C.inputs, this.handle, visit, null)); }
}
const key_of = (key) => (key instanceof Key ? key : new Key(key));
const list_of = (folders) => [folders].flat().map(String);

class Store extends Handle {
  constructor(handle) { super(handle, FREE_STORE); }
  static init(path, given) { return new Store(made_by(C.init, String(path), fill(InitOptions, given))); }
  static open(path, given) { return new Store(made_by(C.open, String(path), fill(OpenOptions, given))); }

  snapshot(source, given) {
    return reported(SnapshotReport, C.snapshot, this.handle, source, fill(SnapshotOptions, given), null);
  }
  restore(snap, to, given) {
    return reported(RestoreReport, C.restore, this.handle, snap, to, fill(RestoreOptions, given), null);
  }
  snapshot_async(source, given) {
    const [how, options] = parted(given);
    return reported_async(SnapshotReport, C.snapshot, how, this.handle, source, fill(SnapshotOptions, options), CALL);
  }
  restore_async(snap, to, given) {
    const [how, options] = parted(given);
    return reported_async(RestoreReport, C.restore, how, this.handle, snap, to, fill(RestoreOptions, options), CALL);
  }

  // Each side is a SNAP[:SUB] or a folder; the report's `differences` are an array.
  async diff(a, b, given) {
    const [how, options] = parted(given), differences = [];
    const visit = koffi.register((_, item) => {
      differences.push(shown(Difference, decoded(Difference, item)));
      return 0;
    }, V);
    try {
      const report = await reported_async(DiffReport, C.diff, how, this.handle, a, b, fill(DiffOptions, options), CALL,
        visit, null);
      return { ...report, differences };
    } finally { koffi.unregister(visit); }
  }

  // Archives, by paths; several snapshots into a .holt file only.
  export(snaps, path, given) {
    const all = list_of(snaps), how = fill(ExportOptions, given);
    return reported(ExportReport, C.export, this.handle, all, all.length, fill(Place, { path }), how, null);
  }
  export_async(snaps, path, given) {
    const all = list_of(snaps), [how, options] = parted(given);
    return reported_async(ExportReport, C.export, how, this.handle, all, all.length, fill(Place, { path }),
      fill(ExportOptions, options), CALL);
  }
  import(path, given) {
    return reported(ImportReport, C.import, this.handle, fill(Place, { path }), fill(ImportOptions, given), null);
  }

  list() { return told(info, (visit) => run(C.list, this.handle, visit, null)); }
  find(snap) { return told(info, (visit) => run(C.find, this.handle, snap, visit, null))[0]; }

  // What there is for a key: match, snapshot, and why there is not more.
  cache_lookup(key, query) {
    const of = key_of(key).handle, asked = fill(Query, query);
    return told(found, (tell) => run(C.lookup, this.handle, of, asked, tell, null))[0];
  }

  // A miss is no failure: the report's match tells, and its `found` is as cache_lookup has it.
  cache_restore(key, folders, given) {
    const of = key_of(key).handle, into = list_of(folders), how = fill(CacheRestoreOptions, given);
    let made;
    const [what] = told(found, (tell) => {
      made = reported(CacheRestoreReport, C.cache_restore, this.handle, of, into, into.length, how, null, tell, null);
    });
    return { ...made, found: what };
  }

  cache_save(key, folders, given) {
    const of = key_of(key).handle, from = list_of(folders), how = fill(CacheSaveOptions, given);
    return reported(CacheSaveReport, C.cache_save, this.handle, of, from, from.length, how, null);
  }

  // Restores the entry of a key, or calls `build` and saves what it made. What `build` throws comes out, and then
  // nothing is saved; so it is when it returns a number that is not 0.
  cache_run(key, folders, build, given) {
    const of = key_of(key).handle, all = list_of(folders), how = fill(CacheRunOptions, given);
    const thrown = [];
    const guarded = () => {
      try { return Number(build() || 0); } catch (error) { return thrown.push(error); }
    };
    const made = reported(CacheRunReport, C.cache_run, this.handle, of, all, all.length, how, guarded, null, null);
    if (thrown.length > 0) throw thrown[0];
    return made;
  }

  // The entries that were forgotten.
  cache_evict(given) {
    return told(info, (visit) => run(C.evict, this.handle, fill(EvictOptions, given), visit, null, null));
  }
}

module.exports = { Store, Key, HoltError, version: lib.func('holt_version', S, []) };
