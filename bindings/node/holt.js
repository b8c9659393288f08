// Holt for Node: a content-addressed snapshot store for folder trees, through the C interface (libholt.so.0) and koffi.
//
//     const holt = require('holt');
//
//     const store = holt.Store.init('/srv/store');
//     const report = store.snapshot('/srv/app', { name: 'release-1', tags: { branch: 'main' } });
//     store.restore('release-1', '/srv/live', { durable: true });
//     const key = holt.Key.hash({ files: ['package-lock.json'], platform: true });
//     store.cache_run(key, ['node_modules'], () => execSync('npm ci'));
//     store.close();
//
// The names and their meanings are those of holt/holt.h: an option is a property, a report an object with its fields, a
// visitor an array. A failure is a holt.HoltError with kind, errno, operation, object, cause, advice and advice_code.
// Calls are synchronous: a server makes them in a worker thread.
'use strict';
const koffi = require('koffi');
const lib = koffi.load(process.env.HOLT_LIBRARY || 'libholt.so.0');

const WORDS = {
  mtime: ['preserve', 'now', 'epoch'],
  link: ['auto', 'hardlink', 'reflink', 'copy', 'require-hardlink', 'require-reflink'],
  owner: ['preserve', 'caller', 'given'],
  match: ['none', 'nearest', 'partial', 'exact'],
  outcome: ['saved', 'already', 'kept', 'replaced'],
  how: ['added', 'removed', 'changed'],
};
const INPUT_KINDS = ['', 'file', 'glob', 'env', 'text', 'platform', 'tool'];

// ---- Structs: name, then "fields type" as holt.h has them; each begins with its size, a list is followed by its. ----

const Time = koffi.struct('holt_time', { seconds: 'int64_t', nanoseconds: 'uint32_t' });
const Tag = koffi.struct('holt_tag', { key: 'const char *', value: 'const char *' });
const TYPES = {
  int: 'int', u32: 'uint32_t', u64: 'uint64_t', text: 'const char *', texts: 'const char **', ptr: 'void *',
  ptrs: 'void *', tags: koffi.pointer(Tag), tools: 'void *', time: Time, id: koffi.array('char', 65),
};
const LIST = /^(texts|tags|tools|ptrs)$/;
const ZERO = { time: { seconds: 0, nanoseconds: 0 }, id: '', int: 0, u32: 0, u64: 0 };
// Which list has its number in a field of another name than NAME_count.
const SINGULAR = /^(tags|files|globs|texts|tools|restore_keys|scopes|keys|changes)$/;
const count_of = (list) => (SINGULAR.test(list) ? list.slice(0, -1) : list) + '_count';

function struct(name, ...fields) {
  const members = { size: 'size_t' }, kinds = {};
  for (const field of fields) {
    const [names, kind] = field.split(' ');
    for (const one of names.split(',')) {
      members[one] = TYPES[kind];
      kinds[one] = kind;
      if (LIST.test(kind)) members[count_of(one)] = 'size_t';
    }
  }
  const made = { type: koffi.struct('holt_' + name, members), kinds };
  return Object.assign(made, { pointer: koffi.pointer(made.type), inout: koffi.inout(koffi.pointer(made.type)) });
}

const NESTED = {}; // structs of options that others point to
const nest = (some) => Object.keys(some).forEach((kind) => {
  [NESTED[kind], TYPES[kind]] = [some[kind], some[kind].pointer];
});

const Info = struct('snapshot_info', 'id,root,name,key,source text', 'tags tags', 'created time',
  'files,folders,symlinks,others,bytes,left_out u64', 'hold,was_used int', 'last_used time', 'scope,producer text',
  'build_time_known int', 'build_time_ms,folders_saved u64');
const InitOptions = struct('init_options', 'shared_group text', 'allow_network_store int');
const OpenOptions = struct('open_options', 'read_only int', 'lock_wait_ms u64', 'no_lock_wait int', 'threads u32',
  'allow_network_store int');
const SnapshotOptions = struct('snapshot_options', 'name,key text', 'tags tags', 'exclude,exclude_if_present texts',
  'exclude_caches,gitignore,level,one_file_system,read_all,relocatable int');
const SnapshotReport = struct('snapshot_report', 'id id', 'files,folders,symlinks,others,bytes u64',
  'files_read,files_unchanged,bytes_read,new_chunks,new_bytes,stored_bytes,skipped,left_out u64');
const RestoreOptions = struct('restore_options', 'force,remove_extra,paranoid,atomic,dry_run,durable int',
  'mtime,link,owner int', 'uid,gid u32', 'include,exclude texts', 'without_relocation int', 'leave texts');
const RestoreReport = struct('restore_report', 'id id', 'in_place int',
  'files,folders,symlinks,hard_links,others,bytes,kept,hashed,mended,removed,warnings,left_out u64', 'link int',
  'files_linked,pool_replaced u64', 'relocated int');
const KeyOptions = struct('key_options', 'prefix text', 'files,globs,env,texts texts', 'tools tools', 'platform int',
  'root text');
const KeyInput = struct('key_input', 'kind int', 'name,digest,value text');
const KeyChange = struct('key_change', 'how int', 'input ptr', 'value_before text');
const Query = struct('cache_query', 'restore_keys,scopes texts', 'nearest int');
const Found = struct('cache_found', 'match int', 'snapshot ptr', 'evicted int', 'evicted_at time', 'evicted_why text',
  'nearest ptr', 'changes ptrs');
nest({ query: Query, restore: RestoreOptions, snapshot: SnapshotOptions });
const CacheRestoreOptions = struct('cache_restore_options', 'query query', 'exact int', 'restore restore');
const CacheRestoreReport = struct('cache_restore_report', 'match int', 'id id',
  'folders,files,bytes,files_linked,kept,warnings,left_out,time_ms u64', 'saved_known int', 'saved_ms u64');
const CacheSaveOptions = struct('cache_save_options', 'scope text', 'replace,allow_incomplete,build_time_known int',
  'build_time_ms u64', 'snapshot snapshot', 'without_relocation int', 'made_at texts');
const CacheSaveReport = struct('cache_save_report', 'outcome int', 'id id',
  'files,bytes,new_bytes,stored_bytes,skipped,left_out u64');
nest({ restoring: CacheRestoreOptions, saving: CacheSaveOptions });
const CacheRunOptions = struct('cache_run_options', 'restore restoring', 'save saving', 'from_nearest int',
  'wait_ms u64', 'no_wait int', 'waiting,missed ptr');
const CacheRunReport = struct('cache_run_report', 'match,built,build_result,waited,saved,outcome int', 'id id',
  'files,bytes,warnings,left_out,time_ms u64');
const EvictOptions = struct('cache_evict_options', 'keys texts', 'prefix text', 'scopes texts', 'unused_seconds u64',
  'dry_run int');

// Options as a struct; what the struct does not have is an error.
function fill(of, options = {}) {
  const made = { size: koffi.sizeof(of.type) };
  for (const [name, kind] of Object.entries(of.kinds)) {
    made[name] = ZERO[kind] ?? null;
    if (LIST.test(kind)) made[count_of(name)] = 0;
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = of.kinds[name];
    if (!NESTED[kind] && !/^(int|u32|u64|text|texts|tags)$/.test(kind)) throw new TypeError(`no such option: ${name}`);
    if (value === undefined || value === null) continue;
    if (NESTED[kind]) made[name] = fill(NESTED[kind], value);
    else if (kind === 'texts') made[name] = value.map(String);
    else if (kind === 'tags') made[name] = Object.entries(value).map(([key, text]) => ({ key, value: text }));
    else if (WORDS[name] && typeof value === 'string') made[name] = WORDS[name].indexOf(value);
    else made[name] = kind === 'text' ? String(value) : Number(value);
    if (made[name] === -1 && WORDS[name]) throw new TypeError(`${name}: no such word: ${value}`);
    if (LIST.test(kind)) made[count_of(name)] = made[name].length;
    if (name === 'build_time_ms') made.build_time_known = 1;
  }
  return made;
}

// A struct as an object: words for numbers, seconds with their fraction for times.
function shown(of, struct_) {
  const made = {};
  for (const [name, kind] of Object.entries(of.kinds)) {
    const value = struct_[name];
    if (kind === 'time') made[name] = Number(value.seconds) + value.nanoseconds / 1e9;
    else if (WORDS[name] && kind === 'int') made[name] = WORDS[name][value];
    else if (!/^(ptrs?|tags)$/.test(kind)) made[name] = value;
  }
  return made;
}

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
  snapshot: fn('store_snapshot', P, S, SnapshotOptions.pointer, P, SnapshotReport.inout),
  restore: fn('store_restore', P, S, S, RestoreOptions.pointer, P, RestoreReport.inout),
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
const [FREE_STATUS, FREE_STORE, FREE_KEY] = ['status_free', 'store_close', 'key_free'].map((name) => get('void', name));
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
