// The structs of holt.h: options made from objects, reports and what visitors get shown as objects.
'use strict';
const koffi = require('koffi');

const WORDS = {
  mtime: ['preserve', 'now', 'epoch'],
  link: ['auto', 'hardlink', 'reflink', 'copy', 'require-hardlink', 'require-reflink'],
  owner: ['preserve', 'caller', 'given'],
  match: ['none', 'nearest', 'partial', 'exact'],
  outcome: ['saved', 'already', 'kept', 'replaced'],
  how: ['added', 'removed', 'changed'],
  change: ['added', 'removed', 'content', 'metadata', 'kind'],
  format: ['', 'tar', 'tar.gz', 'tar.zst', 'zip', 'holt'],
};
const INPUT_KINDS = ['', 'file', 'glob', 'env', 'text', 'platform', 'tool'];

// ---- Structs: name, then "fields type" as holt.h has them; each begins with its size, a list is followed by its. ----

const Time = koffi.struct('holt_time', { seconds: 'int64_t', nanoseconds: 'uint32_t' });
const Tag = koffi.struct('holt_tag', { key: 'const char *', value: 'const char *' });
const TYPES = {
  int: 'int', u32: 'uint32_t', u64: 'uint64_t', text: 'const char *', texts: 'const char **', ptr: 'void *',
  ptrs: 'void *', tags: koffi.pointer(Tag), tools: 'void *', time: Time,
  digest: koffi.struct('holt_digest', { bytes: koffi.array('uint8_t', 32) }),
};
const LIST = /^(texts|tags|tools|ptrs)$/;
const ZERO = { time: { seconds: 0, nanoseconds: 0 }, digest: { bytes: new Uint8Array(32) }, int: 0, u32: 0, u64: 0 };
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

const Info = struct('snapshot_info', 'id,root digest', 'name,key,source text', 'tags tags', 'created time',
  'files,folders,symlinks,others,bytes,left_out u64', 'hold,was_used int', 'last_used time', 'scope,producer text',
  'build_time_known int', 'build_time_ms,folders_saved u64');
const InitOptions = struct('init_options', 'shared_group text', 'allow_network_store int');
const OpenOptions = struct('open_options', 'read_only int', 'lock_wait_ms u64', 'no_lock_wait int', 'threads u32',
  'allow_network_store int');
const SnapshotOptions = struct('snapshot_options', 'name,key text', 'tags tags', 'exclude,exclude_if_present texts',
  'exclude_caches,gitignore,level,one_file_system,read_all,relocatable int');
const SnapshotReport = struct('snapshot_report', 'id digest', 'files,folders,symlinks,others,bytes u64',
  'files_read,files_unchanged,bytes_read,new_chunks,new_bytes,stored_bytes,skipped,left_out u64');
const RestoreOptions = struct('restore_options', 'force,remove_extra,paranoid,atomic,dry_run,durable int',
  'mtime,link,owner int', 'uid,gid u32', 'include,exclude texts', 'without_relocation int', 'leave texts');
const RestoreReport = struct('restore_report', 'id digest', 'in_place int',
  'files,folders,symlinks,hard_links,others,bytes,kept,hashed,mended,removed,warnings,left_out u64', 'link int',
  'files_linked,pool_replaced u64', 'relocated int');
const KeyOptions = struct('key_options', 'prefix text', 'files,globs,env,texts texts', 'tools tools', 'platform int',
  'root text');
const KeyInput = struct('key_input', 'kind int', 'name text', 'digest digest', 'value text');
const KeyChange = struct('key_change', 'how int', 'input ptr', 'value_before text');
const Query = struct('cache_query', 'restore_keys,scopes texts', 'nearest int');
const Found = struct('cache_found', 'match int', 'snapshot ptr', 'evicted int', 'evicted_at time', 'evicted_why text',
  'nearest ptr', 'changes ptrs');
nest({ query: Query, restore: RestoreOptions, snapshot: SnapshotOptions });
const CacheRestoreOptions = struct('cache_restore_options', 'query query', 'exact int', 'restore restore');
const CacheRestoreReport = struct('cache_restore_report', 'match int', 'id digest',
  'folders,files,bytes,files_linked,kept,warnings,left_out,time_ms u64', 'saved_known int', 'saved_ms u64');
const CacheSaveOptions = struct('cache_save_options', 'scope text', 'replace,allow_incomplete,build_time_known int',
  'build_time_ms u64', 'snapshot snapshot', 'without_relocation int', 'made_at texts');
const CacheSaveReport = struct('cache_save_report', 'outcome int', 'id digest',
  'files,bytes,new_bytes,stored_bytes,skipped,left_out u64');
nest({ restoring: CacheRestoreOptions, saving: CacheSaveOptions });
const CacheRunOptions = struct('cache_run_options', 'restore restoring', 'save saving', 'from_nearest int',
  'wait_ms u64', 'no_wait int', 'waiting,missed ptr');
const CacheRunReport = struct('cache_run_report', 'match,built,build_result,waited,saved,outcome int', 'id digest',
  'files,bytes,warnings,left_out,time_ms u64');
const EvictOptions = struct('cache_evict_options', 'keys texts', 'prefix text', 'scopes texts', 'unused_seconds u64',
  'dry_run int');

const Call = struct('call', 'user,progress,note,cancelled,cancel ptr', 'threads u32');
const Progress = struct('progress', 'stage text', 'files_done,files_total,bytes_done,bytes_total u64');
const DiffOptions = struct('diff_options', 'include,exclude texts');
const Difference = struct('difference', 'path text', 'change int', 'detail text');
const DiffReport = struct('diff_report', 'added,removed,changed,same,left_out,warnings u64');
const Place = struct('place', 'path text', 'use_fd,fd int', 'write,read,user ptr');
const ExportOptions = struct('export_options', 'format,level,overwrite int', 'since,include,exclude texts');
const ExportReport = struct('export_report',
  'snapshots,files,folders,symlinks,hard_links,others,bytes,archive_bytes,left_out u64');
const ImportOptions = struct('import_options', 'name,key text', 'tags tags',
  'level,special_modes,special_files,all_xattrs,owner int', 'uid,gid u32',
  'max_entries,max_bytes,max_ratio,max_metadata,window_limit u64', 'max_depth u32');
const ImportReport = struct('import_report', 'id digest',
  'snapshots,archive_bytes,new_chunks,new_bytes,stored_bytes,skipped,stripped,warnings u64');

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
    if (kind === 'digest') made[name] = Buffer.from(value.bytes).toString('hex').replace(/^0+$/, '');
    else if (kind === 'time') made[name] = Number(value.seconds) + value.nanoseconds / 1e9;
    else if (WORDS[name] && kind === 'int') made[name] = WORDS[name][value];
    else if (!/^(ptrs?|tags)$/.test(kind)) made[name] = value;
  }
  return made;
}

module.exports = {
  koffi, Tag, INPUT_KINDS, fill, shown, Info, InitOptions, OpenOptions, SnapshotOptions, SnapshotReport, RestoreOptions,
  RestoreReport, KeyOptions, KeyInput, KeyChange, Query, Found, CacheRestoreOptions, CacheRestoreReport,
  CacheSaveOptions, CacheSaveReport, CacheRunOptions, CacheRunReport, EvictOptions, Call, Progress, DiffOptions,
  Difference, DiffReport, Place, ExportOptions, ExportReport, ImportOptions, ImportReport,
};
