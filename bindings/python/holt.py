"""Holt for Python: a content-addressed snapshot store for folder trees, through the C interface (libholt.so.0).

    import holt

    with holt.Store.init("/srv/store") as store:
        report = store.snapshot("/srv/app", name="release-1", tags={"branch": "main"})
        store.restore("release-1", "/srv/live", durable=True)
        for info in store.list():
            print(info.id, info.name, info.files)
        with store.open("release-1") as snapshot:
            head = snapshot.read_at("app.conf", 0, 100)
        key = holt.Key.hash(files=["package-lock.json"], platform=True)
        store.cache_run(key, ["node_modules"], build=install)

The names and their meanings are those of holt/holt.h: an option is a keyword argument, a report an object with its
fields, a visitor a generator's loop or a list. A failure is holt.Error with kind, errno, operation, object, cause,
advice and advice_code. A progress function gets (stage, files_done, files_total, bytes_done, bytes_total), a note
function (severity, Error, count). Several threads may use one Store. Paths are str or bytes; what comes out is str,
with bytes that are no UTF-8 as os.fsdecode() has them.
"""
import ctypes as c
import os

__all__ = ["Digest", "Error", "Store", "Snapshot", "Key", "Cancel", "version", "repair", "restore_archive", "check_relocation",
           "examine", "gzip", "gzip_header", "gzip_look", "gzip_names", "zstd",
           "zstd_compress", "zstd_decompress"]

_lib = c.CDLL(os.environ.get("HOLT_LIBRARY") or "libholt.so.0")

KINDS = {0: "ok", 1: "failed", 2: "usage", 3: "partial", 10: "no-store", 11: "busy", 12: "unsafe-input",
         13: "not-found", 14: "corrupt", 15: "no-space", 16: "remote", 130: "cancelled"}
SEVERITIES = ("info", "warning", "left_out")
ENTRY_KINDS = ("file", "folder", "symlink", "fifo")
CHANGES = ("added", "removed", "content", "metadata", "kind")
MTIMES = ("preserve", "now", "epoch")
LINKS = ("auto", "hardlink", "reflink", "copy", "require-hardlink", "require-reflink")
OWNERS = ("preserve", "caller", "given")
KEY_KINDS = ("", "file", "glob", "env", "text", "platform", "tool")
KEY_CHANGES = ("added", "removed", "changed")
MATCHES = ("none", "nearest", "partial", "exact")
OUTCOMES = ("saved", "already", "kept", "replaced")
RELOCATION_CLASSES = ("text", "script", "pyc", "elf", "archive", "sqlite", "pickle", "binary", "packed", "symlink")
LOG_LEVELS = ("off", "warning", "info", "debug")
FINDING_LEVELS = ("good", "notice", "trouble")
GZIP_MODES = ("compress", "decompress", "test")
GZIP_LAYOUTS = ("single", "blocks", "bgzf")
GZIP_TRAILING = ("", "zeros", "garbage")
GZIP_INPUTS = ("file", "folder", "symlink", "other")
ZSTD_FORMATS = ("zstd", "gzip")
ZSTD_SPARSE = ("automatic", "never", "always")
FORMATS = ("", "tar", "tar.gz", "tar.zst", "zip", "holt")

_Digest = type("holt_digest", (c.Structure,), {"_fields_": [("bytes", c.c_uint8 * 32)]})
_texts = c.POINTER(c.c_char_p)


def _struct(name, *fields):
    """A C struct; each field is "name type", the types by the letters of _TYPES."""
    split = [field.rsplit(" ", 1) for field in fields]
    made = [(one, kind if not isinstance(kind, str) else _TYPES[kind])
            for names, kind in split for one in names.replace(",", " ").split()]
    return type(name, (c.Structure,), {"_fields_": made})


_Time = type("holt_time", (c.Structure,), {"_fields_": [("seconds", c.c_int64), ("nanoseconds", c.c_uint32)]})
_Tag = type("holt_tag", (c.Structure,), {"_fields_": [("key", c.c_char_p), ("value", c.c_char_p)]})
_Bytes = type("holt_bytes", (c.Structure,), {"_fields_": [("data", c.c_void_p), ("size", c.c_size_t)]})
_Xattr = type("holt_xattr", (c.Structure,), {"_fields_": [("name", c.c_char_p), ("value", _Bytes)]})
_Span = type("holt_span", (c.Structure,), {"_fields_": [(n, c.c_int) for n in ("years", "months", "days", "hours")]})
_Tool = type("holt_tool", (c.Structure,), {"_fields_": [("command", c.c_char_p), ("output", _Bytes)]})
_Moved = type("holt_relocation_place", (c.Structure,), {"_fields_": [("offset", c.c_uint64), ("action", c.c_char_p)]})
_TYPES = {"int": c.c_int, "unsigned": c.c_uint, "u32": c.c_uint32, "u64": c.c_uint64, "size": c.c_size_t,
          "text": c.c_char_p, "texts": _texts, "ptr": c.c_void_p, "digest": _Digest, "time": _Time, "span": _Span,
          "tags": c.POINTER(_Tag), "xattrs": c.POINTER(_Xattr), "i64": c.c_int64,
          "tools": c.POINTER(_Tool), "places": c.POINTER(_Moved), "ptrs": c.POINTER(c.c_void_p)}

_Progress = _struct("holt_progress", "size size", "stage text", "files_done,files_total,bytes_done,bytes_total u64")
_PROGRESS = c.CFUNCTYPE(None, c.c_void_p, c.POINTER(_Progress))
_NOTE = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_void_p, c.c_uint64)
_CANCELLED = c.CFUNCTYPE(c.c_int, c.c_void_p)
_VISIT = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p)
_FOUND = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_void_p)
_TELL = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)
_WAITING = c.CFUNCTYPE(None, c.c_void_p, c.c_char_p)
_BUILD = c.CFUNCTYPE(c.c_int, c.c_void_p)
_WRITE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_size_t)
_PATH = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p, c.c_char_p)
_LOG = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_char_p)
_READ = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_size_t, c.POINTER(c.c_size_t))
_TYPES.update(write=_WRITE, read=_READ, log=_LOG, progress=_PROGRESS, note=_NOTE, cancelled=_CANCELLED, tell=_TELL, waiting=_WAITING)

_Call = _struct("holt_call", "size size", "user ptr", "progress progress", "note note", "cancelled cancelled",
                "cancel ptr", "threads unsigned")
_Info = _struct("holt_snapshot_info", "size size", "id,root digest", "name,key,source text", "tags tags", "tag_count size",
                "created time", "files,folders,symlinks,others,bytes,left_out u64", "hold,was_used int",
                "last_used time", "scope,producer text", "build_time_known int", "build_time_ms,folders_saved u64")
_Entry = _struct("holt_entry", "size size", "path text", "kind int", "mode,uid,gid u32", "bytes u64", "mtime time",
                 "digest digest", "symlink_target,hard_link_to,left_out text", "xattrs xattrs", "xattr_count size")
_Difference = _struct("holt_difference", "size size", "path text", "change int", "detail text")
_Damage = _struct("holt_damage", "size size", "what ptr", "snapshots texts", "snapshot_count size")
_Decision = _struct("holt_decision", "size size", "snapshot ptr", "keep int", "group text", "reasons texts",
                    "reason_count size")
_Place = _struct("holt_place", "size size", "path text", "use_fd,fd int", "write write", "read read", "user ptr")

_InitOptions = _struct("holt_init_options", "size size", "shared_group text", "allow_network_store int")
_OpenOptions = _struct("holt_open_options", "size size", "read_only int", "lock_wait_ms u64", "no_lock_wait int",
                       "threads unsigned", "allow_network_store,log_level int", "log log", "log_user ptr")
_SnapshotOptions = _struct("holt_snapshot_options", "size size", "name,key text", "tags tags", "tag_count size",
                           "exclude texts", "exclude_count size", "exclude_if_present texts",
                           "exclude_if_present_count size", "exclude_caches,gitignore,level,one_file_system,read_all,relocatable int")
_SnapshotReport = _struct("holt_snapshot_report", "size size", "id digest", "files,folders,symlinks,others,bytes u64",
                          "files_read,files_unchanged,bytes_read,new_chunks,new_bytes,stored_bytes,skipped,left_out u64")
_RestoreOptions = _struct("holt_restore_options", "size size",
                          "force,remove_extra,paranoid,atomic,dry_run,durable,mtime,link,owner int", "uid,gid u32",
                          "include texts", "include_count size", "exclude texts", "exclude_count size",
                          "without_relocation int", "leave texts", "leave_count size")
_RestoreReport = _struct("holt_restore_report", "size size", "id digest", "in_place int",
                         "files,folders,symlinks,hard_links,others,bytes,kept,hashed,mended,removed,warnings,left_out u64",
                         "link int", "files_linked,pool_replaced u64", "relocated int")
_TagOptions = _struct("holt_tag_options", "size size", "name text", "set tags", "set_count size", "remove texts",
                      "remove_count size", "hold,release int")
_ForgetOptions = _struct("holt_forget_options", "size size", "snaps texts", "snap_count size", "key_prefix text",
                         "with_tags tags", "with_tag_count size",
                         "keep_last,keep_hourly,keep_daily,keep_weekly,keep_monthly,keep_yearly int",
                         "keep_within,keep_unused span", "keep_tags tags", "keep_tag_count size", "group_by texts",
                         "group_by_count size", "one_group,allow_empty,dry_run int")
_GcOptions = _struct("holt_gc_options", "size size", "max_time_ms,max_size u64", "max_age span", "evict_named int",
                     "max_pool u64", "empty_pool,dry_run,recompress int")
_AutoGc = _struct("holt_auto_gc", "size size", "max_time_ms,max_size u64", "max_age span", "evict_named int",
                  "max_pool u64", "empty_pool int")
_GcReport = _struct("holt_gc_report", "size size",
                    "snapshots,evicted,dropped,packs_before,bytes_before,packs_after,bytes_after u64",
                    "unknown_packs,unknown_bytes,waiting_packs,waiting_bytes,pool_files,pool_bytes,spaces u64",
                    "out_of_time,out_of_space int")
_FindOptions = _struct("holt_find_options", "size size", "glob,digest text", "min_size,max_size u64", "snaps texts",
                       "snap_count size", "all,newer_given,older_given int", "newer,older time")
_DiffOptions = _struct("holt_diff_options", "size size", "include texts", "include_count size", "exclude texts",
                       "exclude_count size")
_DiffReport = _struct("holt_diff_report", "size size", "added,removed,changed,same,left_out,warnings u64")
_VerifyFolderOptions = _struct("holt_verify_folder_options", "size size", "against text", "paranoid int",
                               "include texts", "include_count size", "exclude texts", "exclude_count size")
_VerifyReport = _struct("holt_verify_report", "size size", "packs,blocks,chunks,bytes,snapshots,pool_files u64",
                        "unknown_packs,unknown_bytes,forgotten,pool_changed,damage,all_packs u64", "out_of_time int")
_VerifyOptions = _struct("holt_verify_options", "size size", "subset_percent unsigned", "max_time_ms u64")
_RepairOptions = _struct("holt_repair_options", "size size", "unacknowledged int", "from texts", "from_count size")
_RepairReport = _struct("holt_repair_report", "size size",
                        "packs,chunks,snapshots,brought_back,unacknowledged,forgotten u64",
                        "salvaged_chunks,pool_removed,quarantined,damage,regained_chunks u64")
_Stats = _struct("holt_stats", "size size", "snapshots,packs,blocks,chunks,forgotten u64",
                 "unused_packs,unused_bytes,going_packs,going_bytes,unknown_packs,unknown_bytes u64",
                 "pack_bytes,catalog_bytes,pool_files,pool_bytes,pool_unused_bytes u64",
                 "tmp_files,tmp_bytes,quarantine_files,quarantine_bytes,chunk_bytes u64",
                 "duplicate_chunks,duplicate_bytes,source_bytes u64")
_ExportOptions = _struct("holt_export_options", "size size", "format,level,overwrite int", "since texts",
                         "since_count size", "include texts", "include_count size", "exclude texts",
                         "exclude_count size")
_ExportReport = _struct("holt_export_report", "size size",
                        "snapshots,files,folders,symlinks,hard_links,others,bytes,archive_bytes,left_out u64")
_ImportOptions = _struct("holt_import_options", "size size", "name,key text", "tags tags", "tag_count size",
                         "level,special_modes,special_files,all_xattrs,owner int", "uid,gid u32",
                         "max_entries,max_bytes,max_ratio,max_metadata,window_limit u64", "max_depth u32")
_ImportReport = _struct("holt_import_report", "size size", "id digest",
                        "snapshots,archive_bytes,new_chunks,new_bytes,stored_bytes,skipped,stripped,warnings u64")
_KeyOptions = _struct("holt_key_options", "size size", "prefix text", "files texts", "file_count size", "globs texts",
                      "glob_count size", "env texts", "env_count size", "texts texts", "text_count size",
                      "tools tools", "tool_count size", "platform int", "root text")
_KeyInput = _struct("holt_key_input", "size size", "kind int", "name text", "digest digest", "value text")
_KeyChange = _struct("holt_key_change", "size size", "how int", "input ptr", "value_before text")
_CacheQuery = _struct("holt_cache_query", "size size", "restore_keys texts", "restore_key_count size", "scopes texts",
                      "scope_count size", "nearest int")
_CacheFound = _struct("holt_cache_found", "size size", "match int", "snapshot ptr", "evicted int", "evicted_at time",
                      "evicted_why text", "nearest ptr", "changes ptrs", "change_count size")
_CacheRestoreOptions = _struct("holt_cache_restore_options", "size size", "query ptr", "exact int", "restore ptr")
_CacheRestoreReport = _struct("holt_cache_restore_report", "size size", "match int", "id digest",
                              "folders,files,bytes,files_linked,kept,warnings,left_out,time_ms u64",
                              "saved_known int", "saved_ms u64")
_CacheSaveOptions = _struct("holt_cache_save_options", "size size", "scope text",
                            "replace,allow_incomplete,build_time_known int", "build_time_ms u64", "snapshot ptr",
                            "without_relocation int", "made_at texts", "made_at_count size")
_CacheSaveReport = _struct("holt_cache_save_report", "size size", "outcome int", "id digest",
                           "files,bytes,new_bytes,stored_bytes,skipped,left_out u64")
_CacheRunOptions = _struct("holt_cache_run_options", "size size", "restore,save ptr", "from_nearest int",
                           "wait_ms u64", "no_wait int", "waiting waiting", "missed tell")
_CacheRunReport = _struct("holt_cache_run_report", "size size", "match,built,build_result,waited,saved,outcome int",
                          "id digest", "files,bytes,warnings,left_out,time_ms u64")
_CacheEvictOptions = _struct("holt_cache_evict_options", "size size", "keys texts", "key_count size", "prefix text",
                             "scopes texts", "scope_count size", "unused_seconds u64", "dry_run int")
_CacheDay = _struct("holt_cache_day", "size size", "day i64",
                    "hits,partial,misses,saves,evictions,bytes,milliseconds u64")
_CacheEviction = _struct("holt_cache_eviction", "size size", "key,scope text", "when time", "why text")
_U64S = c.POINTER(c.c_uint64)
_Sharing = type("holt_sharing", (c.Structure,), {"_fields_": [
    ("size", c.c_size_t), ("count", c.c_size_t), ("snapshots", c.POINTER(c.POINTER(_Info))), ("content", _U64S),
    ("adds", _U64S), ("shared", c.POINTER(_U64S)), ("not_looked_at", c.c_uint64)]})
_Finding = _struct("holt_finding", "size size", "level int", "subject,object,state,advice text")
_GzipOptions = _struct("holt_gzip_options", "size size", "mode,level,layout,keep_name,keep_time,rsyncable int",
                       "output_limit u64", "pass_through,overwrite,remove_source,synchronous int")
_GzipReport = _struct("holt_gzip_report", "size size", "input_bytes,output_bytes,members u64", "crc u32",
                      "trailing int", "copied_bytes u64")
_GzipHeader = _struct("holt_gzip_header_info", "size size", "name text", "mtime u32", "bytes u64")
_GzipInput = _struct("holt_gzip_input", "size size", "kind int", "mode,links u32", "bytes u64", "mtime time")
_ZstdOptions = _struct("holt_zstd_options", "size size", "mode,level,no_checksum int", "window_limit u64",
                       "dictionary text", "no_dictionary_id int", "patch_from text", "format int",
                       "strategy,window_log,hash_log,search_log,target_length u32", "sparse,single_thread int",
                       "long_window_log u32", "state_stream_size int", "stream_size u64",
                       "rsyncable,no_content_size,pass_through,overwrite,remove_source int")
_ZstdReport = _struct("holt_zstd_report", "size size", "input_bytes,output_bytes u64")
_RelocationFile = _struct("holt_relocation_file", "size size", "path text", "kind int", "places places",
                          "place_count size", "problem text")
_RelocationOptions = _struct("holt_relocation_options", "size size", "to text", "packed int")
_RelocationReport = _struct("holt_relocation_report", "size size", "files,holding,places,cannot,left_out u64")

for _name in ("holt_version", "holt_store_path", "holt_key_text"):
    getattr(_lib, _name).restype = c.c_char_p
for _name in ("message", "operation", "object", "cause", "advice"):
    getattr(_lib, "holt_status_" + _name).restype = c.c_char_p
_lib.holt_snapshot_get_info.restype = c.POINTER(_Info)
_lib.holt_zstd_compress_bound.restype = c.c_size_t

# Which list option has its number in a field of another name than NAME_count.
_COUNTS = {name: name[:-1] + "_count" for name in ("snaps", "tags", "with_tags", "keep_tags", "files", "globs", "texts",
                                                   "tools", "restore_keys", "scopes", "keys")}


class Digest(bytes):
    """A 256-bit digest, as the id of a snapshot: 32 bytes, whose text is 64 hex digits. It can be given for a SNAP."""

    def __str__(self):
        return self.hex()

    def __repr__(self):
        return f"Digest.fromhex('{self.hex()}')"

    def __format__(self, spec):
        return format(self.hex(), spec)


def _bytes(text):
    return None if text is None else os.fsencode(str(text) if isinstance(text, Digest) else text)


def _text(data):
    return os.fsdecode(data) if data is not None else ""


class Error(Exception):
    """What went wrong: kind ("corrupt", ...), errno, operation, object, cause, advice, advice_code."""

    def __init__(self, status):
        get = {name: _text(getattr(_lib, "holt_status_" + name)(c.c_void_p(status)))
               for name in ("message", "operation", "object", "cause", "advice")}
        super().__init__(get.pop("message"))
        self.__dict__.update(get)
        self.kind = KINDS.get(_lib.holt_status_kind(c.c_void_p(status)), "failed")
        self.errno = _lib.holt_status_errno(c.c_void_p(status))
        self.advice_code = _lib.holt_status_advice_code(c.c_void_p(status))


class Report:
    """The fields of a C struct as attributes: texts as str, times as seconds with their fraction."""

    def __init__(self, struct=None):
        for name, kind in struct._fields_ if struct is not None else ():
            value = getattr(struct, name)
            if kind is c.c_char_p:
                value = _text(value)
            elif kind is _Digest:
                value = Digest(value.bytes) if any(value.bytes) else None
            elif kind is _Time:
                value = value.seconds + value.nanoseconds / 1e9
            elif name in ("size", "user", "tags", "xattrs", "tag_count", "xattr_count"):
                continue
            setattr(self, name, value)

    def __repr__(self):
        return "Report(%s)" % ", ".join(f"{k}={v!r}" for k, v in vars(self).items())


def _info(struct):
    made = Report(struct)
    made.tags = {_text(struct.tags[i].key): _text(struct.tags[i].value) for i in range(struct.tag_count)}
    made.hold, made.was_used = bool(struct.hold), bool(struct.was_used)
    return made


def _entry(struct):
    made = Report(struct)
    made.kind = ENTRY_KINDS[struct.kind]
    made.xattrs = {_text(x.name): c.string_at(x.value.data, x.value.size) if x.value.size else b""
                   for x in (struct.xattrs[i] for i in range(struct.xattr_count))}
    return made


def _list(items):
    return (c.c_char_p * len(items))(*[_bytes(one) for one in items])


def _fill(struct, options, **words):
    """A struct of options from keyword arguments; `words` maps options to the lists of their values."""
    made = struct()
    made.size = c.sizeof(made)
    kinds = dict(struct._fields_)
    for name, value in options.items():
        name = name.rstrip("_")  # from_
        kind = kinds.get(name)
        if kind is None or name == "size":
            raise TypeError(f"no such option: {name}")
        if value is None:
            continue
        if name in words:
            made.__setattr__(name, words[name].index(value))
        elif kind is _texts:
            setattr(made, name, _list(value))
            setattr(made, _COUNTS.get(name, name + "_count"), len(value))
        elif kind is c.POINTER(_Tag):
            pairs = list(value.items() if isinstance(value, dict) else value)
            setattr(made, name, (_Tag * len(pairs))(*[_Tag(_bytes(k), _bytes(v)) for k, v in pairs]))
            setattr(made, _COUNTS.get(name, name + "_count"), len(pairs))
        elif kind is c.POINTER(_Tool):
            pairs = [(_bytes(k), _bytes(v)) for k, v in (value.items() if isinstance(value, dict) else value)]
            setattr(made, name, (_Tool * len(pairs))(
                *[_Tool(k, _Bytes(c.cast(c.c_char_p(v), c.c_void_p), len(v))) for k, v in pairs]))
            made._keep = pairs
            made.tool_count = len(pairs)
        elif kind is _Time:
            setattr(made, name, _Time(int(value // 1), int(value % 1 * 1e9)))
            setattr(made, name + "_given", 1)
        elif kind is _Span:
            setattr(made, name, _Span(**value))
        elif kind is c.c_char_p:
            setattr(made, name, _bytes(value))
        elif kind is _LOG:
            setattr(made, name, _LOG(lambda _, level, line, tell=value: tell(LOG_LEVELS[level], _text(line))))
        else:
            setattr(made, name, int(value))
    return made


class Cancel:
    """The wish to stop: given to operations as `cancel`, requested from any thread."""

    def __init__(self):
        self._handle = c.c_void_p()
        _run(_lib.holt_cancel_new, c.byref(self._handle))

    def request(self):
        _lib.holt_cancel_request(self._handle)

    def __del__(self):
        if self._handle:
            _lib.holt_cancel_free(self._handle)


class _Guard:
    """Keeps what a callback raised, for _run to raise it again behind the C function."""

    def __init__(self):
        self.raised = None

    def __call__(self, function, stopped=1):
        def guarded(*arguments):
            try:
                return function(*arguments)
            except BaseException as error:  # pylint: disable=broad-except
                self.raised = self.raised or error
                return stopped
        return guarded


def _run(function, *arguments, guard=None):
    status = c.c_void_p()
    kind = function(*arguments, c.byref(status))
    try:
        if guard is not None and guard.raised is not None:
            raise guard.raised
        if kind:
            raise Error(status.value)
    finally:
        if status:
            _lib.holt_status_free(status)


def _call(guard, options):
    """The holt_call of an operation, its options taken out of `options`."""
    call = _Call()
    call.size = c.sizeof(call)
    progress, note = options.pop("progress", None), options.pop("note", None)
    cancel, call.threads = options.pop("cancel", None), options.pop("threads", 0)
    call._keep = cancel
    if cancel is not None:
        call.cancel = cancel._handle
    if progress is not None:
        call.progress = _PROGRESS(guard(lambda _, p: progress(
            _text(p[0].stage), p[0].files_done, p[0].files_total, p[0].bytes_done, p[0].bytes_total), None))
    if note is not None:
        call.note = _NOTE(guard(lambda _, severity, about, count: note(SEVERITIES[severity], Error(about), count), None))
    call.cancelled = _CANCELLED(lambda _: 1 if guard.raised is not None else 0)
    return call


def _visitor(struct, make, into, guard):
    def visit(_, item):
        into.append(make(c.cast(item, c.POINTER(struct))[0]))
        return 0
    return _VISIT(guard(visit))


def _report(struct):
    made = struct()
    made.size = c.sizeof(made)
    return made


def _damage(struct):
    made = Error(struct.what)
    made.snapshots = [_text(struct.snapshots[i]) for i in range(struct.snapshot_count)]
    return made


def _difference(struct):
    made = Report(struct)
    made.change = CHANGES[struct.change]
    return made


def _decision(struct):
    made = Report(struct)
    made.snapshot = _info(c.cast(struct.snapshot, c.POINTER(_Info))[0])
    made.reasons = [_text(struct.reasons[i]) for i in range(struct.reason_count)]
    made.keep = bool(struct.keep)
    return made


def _place(where, guard):
    """A path, a file object with a descriptor, or any other with write() or read()."""
    place = _Place()
    place.size = c.sizeof(place)
    if isinstance(where, (str, bytes, os.PathLike)):
        place.path = os.fsencode(where)
        return place
    try:
        place.use_fd, place.fd = 1, where.fileno()
        return place
    except (AttributeError, OSError):
        place.use_fd = 0

    def write(_, data, size):
        where.write(c.string_at(data, size))
        return 0

    def read(_, data, room, got):
        found = where.read(room)
        c.memmove(data, found, len(found))
        got[0] = len(found)
        return 0
    if hasattr(where, "write"):
        place.write = _WRITE(guard(write))
    if hasattr(where, "read"):
        place.read = _READ(guard(read))
    return place


def _folders(folders):
    """A list of folders, or one."""
    folders = [folders] if isinstance(folders, (str, bytes, os.PathLike)) else list(folders)
    return _list(folders), c.c_size_t(len(folders))


def _at(struct, pointer):
    return c.cast(pointer, c.POINTER(struct))[0]


def _input(struct):
    made = Report(struct)
    made.kind = KEY_KINDS[struct.kind]
    return made


def _change(struct):
    made = _input(_at(_KeyInput, struct.input))
    made.how, made.value_before = KEY_CHANGES[struct.how], _text(struct.value_before)
    return made


def _found(struct):
    made = Report(struct)
    made.match, made.evicted = MATCHES[struct.match], bool(struct.evicted)
    made.snapshot = _info(_at(_Info, struct.snapshot)) if struct.snapshot else None
    made.nearest = _info(_at(_Info, struct.nearest)) if struct.nearest else None
    made.changes = [_change(_at(_KeyChange, struct.changes[i])) for i in range(struct.change_count)]
    del made.change_count
    return made


def _relocation(struct):
    made = Report(struct)
    made.kind = RELOCATION_CLASSES[struct.kind]
    made.places = [(struct.places[i].offset, _text(struct.places[i].action)) for i in range(struct.place_count)]
    del made.place_count
    return made


def _teller(struct, make, tell, guard):
    """A visitor that is told once, or cannot stop."""
    return _TELL(guard(lambda _, item: tell(make(_at(struct, item))), None))


def _hold(struct, name, value):
    """Lets a field point to another struct, which lives as long."""
    setattr(struct, name, c.cast(c.pointer(value), c.c_void_p))
    struct.__dict__.setdefault("_held", []).append(value)


def _take(options, struct):
    """Those of the options that are the struct's, taken out of `options`."""
    return {name: options.pop(name) for name in [n for n, _ in struct._fields_] if name in options}


def _restore_options(options):
    return _fill(_RestoreOptions, options, mtime=MTIMES, link=LINKS, owner=OWNERS)


def _cache_restore(options):
    """Options of a query and of a restore, and `exact`, as one struct."""
    options = dict(options)
    query, exact = _fill(_CacheQuery, _take(options, _CacheQuery)), options.pop("exact", False)
    made = _fill(_CacheRestoreOptions, {"exact": exact})
    _hold(made, "query", query)
    _hold(made, "restore", _restore_options(options))
    return made


def _cache_save(options):
    """Options of a snapshot and of a save as one struct."""
    options = dict(options)
    own = _take(options, _CacheSaveOptions)
    own["build_time_known"] = own.get("build_time_ms") is not None
    made = _fill(_CacheSaveOptions, own)
    _hold(made, "snapshot", _fill(_SnapshotOptions, options))
    return made


class _Handle:
    """Closed at the end of a `with`, by close(), or when nobody has it any more."""

    _free = None

    def __init__(self, handle):
        self._handle = handle

    def close(self):
        handle, self._handle = self._handle, None
        if handle:
            self._free(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self.close()


class Key(_Handle):
    """A key of the cache: any text, or by Key.hash() the digest of what an environment is made from."""

    _free = staticmethod(_lib.holt_key_free)

    def __init__(self, text, handle=None):
        super().__init__(handle)
        if handle is None:
            self._handle = c.c_void_p()
            _run(_lib.holt_key_of_text, _bytes(text), c.byref(self._handle))

    @classmethod
    def hash(cls, **options):
        """From files, globs, env, texts, tools ({command: what it printed}), platform; below root, after prefix."""
        guard, handle = _Guard(), c.c_void_p()
        how = _call(guard, _take_call(options))
        _run(_lib.holt_key_hash, c.byref(_fill(_KeyOptions, options)), c.byref(how), c.byref(handle), guard=guard)
        return cls(None, handle)

    def __str__(self):
        return _text(_lib.holt_key_text(self._handle))

    def inputs(self):
        guard, found = _Guard(), []
        _run(_lib.holt_key_inputs, self._handle, _visitor(_KeyInput, _input, found, guard), None, guard=guard)
        return found


def _key(key):
    return key if isinstance(key, Key) else Key(key)


class Snapshot(_Handle):
    """A snapshot held open: one thread at a time."""

    _free = staticmethod(_lib.holt_snapshot_close)

    @property
    def info(self):
        return _info(_lib.holt_snapshot_get_info(self._handle)[0])

    def list(self, path="", recursive=False, **call):
        guard, found = _Guard(), []
        how = _call(guard, call)
        _run(_lib.holt_snapshot_list, self._handle, _bytes(path), int(recursive), c.byref(how),
             _visitor(_Entry, _entry, found, guard), None, guard=guard)
        return found

    def stat(self, path):
        guard, found = _Guard(), []
        _run(_lib.holt_snapshot_stat, self._handle, _bytes(path), _visitor(_Entry, _entry, found, guard), None,
             guard=guard)
        return found[0]

    def read_at(self, path, offset, size):
        room, got = c.create_string_buffer(size), c.c_size_t()
        _run(_lib.holt_snapshot_read_at, self._handle, _bytes(path), c.c_uint64(offset), room, c.c_size_t(size),
             c.byref(got))
        return room.raw[:got.value]

    def cat(self, path, write):
        """All of a file, piece by piece, to `write` (a function of bytes, or a file object)."""
        guard = _Guard()
        take = getattr(write, "write", write)

        def put_bytes(_, data, size):
            take(c.string_at(data, size))
            return 0
        put = _WRITE(guard(put_bytes))
        _run(_lib.holt_snapshot_cat, self._handle, _bytes(path), put, None, guard=guard)


class Store(_Handle):
    """A store. Several threads may use it at once."""

    _free = staticmethod(_lib.holt_store_close)

    @classmethod
    def init(cls, path, **options):
        handle = c.c_void_p()
        _run(_lib.holt_store_init, _bytes(path), c.byref(_fill(_InitOptions, options)), c.byref(handle))
        return cls(handle)

    @classmethod
    def open_path(cls, path, **options):
        """With `log`, a function of (level, line), and `log_level`: what the store does, line by line."""
        handle, how = c.c_void_p(), _fill(_OpenOptions, options, log_level=LOG_LEVELS)
        _run(_lib.holt_store_open, _bytes(path), c.byref(how), c.byref(handle))
        store = cls(handle)
        store._log = how.log
        return store

    @property
    def path(self):
        return _text(_lib.holt_store_path(self._handle))

    def is_shared_by(self, group):
        shared = c.c_int()
        _run(_lib.holt_store_is_shared_by, self._handle, _bytes(group), c.byref(shared))
        return bool(shared.value)

    def _do(self, function, *arguments, options=None, call=None, report=None, visit=None, **words):
        """Calls a function of the usual shape: arguments, options, call, visitor, report."""
        guard, found, passed = _Guard(), [], list(arguments)
        how = _call(guard, call) if call is not None else None
        if options is not None:
            passed.append(c.byref(_fill(options[0], options[1], **words)))
        if how is not None:
            passed.append(c.byref(how))
        if visit is not None:
            passed += [_visitor(*visit, found, guard), None]
        made = _report(report) if report is not None else None
        if made is not None:
            passed.append(c.byref(made))
        _run(function, self._handle, *passed, guard=guard)
        return (Report(made) if made is not None else None), found

    def snapshot(self, source, **options):
        call = _take_call(options)
        return self._do(_lib.holt_store_snapshot, _bytes(source), options=(_SnapshotOptions, options), call=call,
                        report=_SnapshotReport)[0]

    def restore(self, snap, destination, **options):
        call = _take_call(options)
        return _linked(self._do(_lib.holt_store_restore, _bytes(snap), _bytes(destination),
                                options=(_RestoreOptions, options), call=call, report=_RestoreReport, mtime=MTIMES,
                                link=LINKS, owner=OWNERS)[0])

    def list(self):
        return self._do(_lib.holt_store_list, visit=(_Info, _info))[1]

    def list_forgotten(self):
        return self._do(_lib.holt_store_list_forgotten, visit=(_Info, _info))[1]

    def find(self, snap):
        return self._do(_lib.holt_store_find, _bytes(snap), visit=(_Info, _info))[1][0]

    def find_path(self, snap_path):
        """A SNAP[:SUB] taken apart: the snapshot's info, and the path in it."""
        guard, found = _Guard(), []
        visit = _PATH(guard(lambda _, info, path: found.append((_info(_at(_Info, info)), _text(path))), None))
        _run(_lib.holt_store_find_path, self._handle, _bytes(snap_path), visit, None, guard=guard)
        return found[0]

    def sharing(self, **call):
        """A report of the newest snapshots: `snapshots`, and for each its `content`, what it `adds` to those before
        it, and a list of what it has `shared` with each of them; in bytes."""
        guard, found = _Guard(), []
        how = _call(guard, call)

        def make(told):
            report = Report()
            report.snapshots = [_info(told.snapshots[i][0]) for i in range(told.count)]
            report.content, report.adds = list(told.content[:told.count]), list(told.adds[:told.count])
            report.shared = [list(told.shared[i][:i]) for i in range(told.count)]
            report.not_looked_at = told.not_looked_at
            return report
        _run(_lib.holt_store_sharing, self._handle, c.byref(how), _teller(_Sharing, make, found.append, guard), None,
             guard=guard)
        return found[0]

    def open(self, snap):
        """A Snapshot. (Called on the class, Store.open(path, ...) opens a store.)"""
        handle = c.c_void_p()
        _run(_lib.holt_snapshot_open, self._handle, _bytes(snap), c.byref(handle))
        return Snapshot(handle)

    def tag(self, snap, **options):
        self._do(_lib.holt_store_tag, _bytes(snap), options=(_TagOptions, options))

    def forget(self, **options):
        """The decisions."""
        guard, found = _Guard(), []
        _run(_lib.holt_store_forget, self._handle, c.byref(_fill(_ForgetOptions, options)),
             _visitor(_Decision, _decision, found, guard), None, None, guard=guard)
        return found

    def undelete(self, snaps=()):
        return self._do(_lib.holt_store_undelete, _list(snaps), c.c_size_t(len(snaps)), visit=(_Info, _info))[1]

    def gc(self, **options):
        call = _take_call(options)
        return self._do(_lib.holt_store_gc, options=(_GcOptions, options), call=call, report=_GcReport)[0]

    def auto_gc(self):
        """What is collected by itself, or None."""
        on, made = c.c_int(), _report(_AutoGc)
        _run(_lib.holt_store_auto_gc, self._handle, c.byref(on), c.byref(made))
        return Report(made) if on.value else None

    def set_auto_gc(self, on=True, **settings):
        _run(_lib.holt_store_set_auto_gc, self._handle, c.byref(_fill(_AutoGc, settings)) if on else None)

    def cache_lookup(self, key, **query):
        """What there is for a key: match, snapshot, and why there is not more."""
        guard, found, key = _Guard(), [], _key(key)
        _run(_lib.holt_store_cache_lookup, self._handle, key._handle, c.byref(_fill(_CacheQuery, query)),
             _teller(_CacheFound, _found, found.append, guard), None, guard=guard)
        return found[0]

    def cache_restore(self, key, folders, **options):
        """The report, whose `found` is as cache_lookup has it. A miss is no failure."""
        guard, found, key, made = _Guard(), [], _key(key), _report(_CacheRestoreReport)
        how = _call(guard, _take_call(options))
        _run(_lib.holt_store_cache_restore, self._handle, key._handle, *_folders(folders),
             c.byref(_cache_restore(options)), c.byref(how), _teller(_CacheFound, _found, found.append, guard), None,
             c.byref(made), guard=guard)
        report = Report(made)
        report.match, report.found = MATCHES[made.match], found[0]
        return report

    def cache_save(self, key, folders, **options):
        guard, key, made = _Guard(), _key(key), _report(_CacheSaveReport)
        how = _call(guard, _take_call(options))
        _run(_lib.holt_store_cache_save, self._handle, key._handle, *_folders(folders),
             c.byref(_cache_save(options)), c.byref(how), c.byref(made), guard=guard)
        report = Report(made)
        report.outcome = OUTCOMES[made.outcome]
        return report

    def cache_run(self, key, folders, build, restore=None, save=None, missed=None, waiting=None, **options):
        """Restores the entry of a key, or calls `build` and saves what it made. `restore` and `save` are dicts of
        the options of cache_restore and cache_save. What `build` raises comes out, and then nothing is saved; so it
        is when it returns a number that is not 0."""
        guard, key, made = _Guard(), _key(key), _report(_CacheRunReport)
        how = _call(guard, _take_call(options))
        run = _fill(_CacheRunOptions, options)
        _hold(run, "restore", _cache_restore(restore or {}))
        _hold(run, "save", _cache_save(save or {}))
        if missed is not None:
            run.missed = _teller(_CacheFound, _found, missed, guard)
        if waiting is not None:
            run.waiting = _WAITING(guard(lambda _, holder: waiting(_text(holder)), None))
        building = _BUILD(guard(lambda _: int(build() or 0)))
        _run(_lib.holt_store_cache_run, self._handle, key._handle, *_folders(folders),
             c.byref(run), building, None, c.byref(how), c.byref(made), guard=guard)
        report = Report(made)
        report.match, report.outcome = MATCHES[made.match], OUTCOMES[made.outcome] if made.saved else None
        report.built, report.waited, report.saved = bool(made.built), bool(made.waited), bool(made.saved)
        return report

    def cache_evict(self, **options):
        """The entries that were forgotten."""
        guard, found = _Guard(), []
        _run(_lib.holt_store_cache_evict, self._handle, c.byref(_fill(_CacheEvictOptions, options)),
             _visitor(_Info, _info, found, guard), None, None, guard=guard)
        return found

    def cache_stats(self):
        """A report with `days`, `evictions` and the number of `entries`."""
        guard, days, evictions, entries = _Guard(), [], [], c.c_uint64()
        _run(_lib.holt_store_cache_stats, self._handle, _visitor(_CacheDay, Report, days, guard),
             _visitor(_CacheEviction, Report, evictions, guard), None, c.byref(entries), guard=guard)
        report = Report()
        report.days, report.evictions, report.entries = days, evictions, entries.value
        return report

    def remember_key(self, key):
        _run(_lib.holt_store_remember_key, self._handle, key._handle)

    def key_inputs(self, key_or_snap, scopes=()):
        return self._do(_lib.holt_store_key_inputs, _bytes(str(key_or_snap)), _list(scopes), c.c_size_t(len(scopes)),
                        visit=(_KeyInput, _input))[1]

    def find_entries(self, **options):
        """Pairs of a snapshot's info and an entry."""
        guard, found = _Guard(), []
        how = _call(guard, _take_call(options))

        def visit(_, info, entry):
            found.append((_info(c.cast(info, c.POINTER(_Info))[0]), _entry(c.cast(entry, c.POINTER(_Entry))[0])))
            return 0
        _run(_lib.holt_store_find_entries, self._handle, c.byref(_fill(_FindOptions, options)), c.byref(how),
             _FOUND(guard(visit)), None, guard=guard)
        return found

    def diff(self, a, b, **options):
        """The report, whose `differences` are a list."""
        call = _take_call(options)
        report, found = self._do(_lib.holt_store_diff, _bytes(a), _bytes(b), options=(_DiffOptions, options),
                                 call=call, visit=(_Difference, _difference), report=_DiffReport)
        report.differences = found
        return report

    def verify_folder(self, folder, **options):
        call = _take_call(options)
        report, found = self._do(_lib.holt_store_verify_folder, _bytes(folder),
                                 options=(_VerifyFolderOptions, options), call=call,
                                 visit=(_Difference, _difference), report=_DiffReport)
        report.differences = found
        return report

    def verify(self, snaps=(), **options):
        call = _take_call(options)
        report, found = self._do(_lib.holt_store_verify, _list(snaps), c.c_size_t(len(snaps)),
                                 options=(_VerifyOptions, options), call=call, visit=(_Damage, _damage), report=_VerifyReport)
        report.damage = found
        return report

    def stats(self):
        return self._do(_lib.holt_store_stats, report=_Stats)[0]

    def export(self, snaps, where, **options):
        """To a path, or a file object; one in memory (io.BytesIO) needs a `format`."""
        snaps = [snaps] if isinstance(snaps, (str, bytes)) else snaps
        guard, made = _Guard(), _report(_ExportReport)
        how = _call(guard, _take_call(options))
        place = _place(where, guard)
        _run(_lib.holt_store_export, self._handle, _list(snaps), c.c_size_t(len(snaps)), c.byref(place),
             c.byref(_fill(_ExportOptions, options, format=FORMATS)), c.byref(how), c.byref(made), guard=guard)
        return Report(made)

    def import_(self, where, **options):
        """From a path, or a file object."""
        guard, made = _Guard(), _report(_ImportReport)
        how = _call(guard, _take_call(options))
        place = _place(where, guard)
        _run(_lib.holt_store_import, self._handle, c.byref(place),
             c.byref(_fill(_ImportOptions, options, owner=OWNERS)), c.byref(how), c.byref(made), guard=guard)
        return Report(made)


class _OpenOnEither:
    """Store.open(path, ...) opens a store; store.open(snap) a snapshot of it."""

    def __init__(self, snapshot_open):
        self._snapshot_open = snapshot_open

    def __get__(self, store, cls):
        return cls.open_path if store is None else self._snapshot_open.__get__(store, cls)


Store.open = _OpenOnEither(Store.open)


def _take_call(options):
    return {name: options.pop(name) for name in ("progress", "note", "cancel", "threads") if name in options}


def _linked(report):
    report.link = LINKS[report.link]
    return report


def version():
    return _text(_lib.holt_version())


def repair(path, open_options=None, **options):
    """Options: unacknowledged, and from_, a list of folders and files that may have what is lost."""
    guard, found, made = _Guard(), [], _report(_RepairReport)
    how = _call(guard, _take_call(options))
    _run(_lib.holt_repair, _bytes(path), c.byref(_fill(_OpenOptions, open_options or {})),
         c.byref(_fill(_RepairOptions, options)), c.byref(how), _visitor(_Damage, _damage, found, guard), None, c.byref(made), guard=guard)
    report = Report(made)
    report.damage = found
    return report


def examine(path, folders=()):
    """What the doctor finds of a store, and of folders that snapshots are to be restored to: level, subject, object,
    state and advice of each thing that was looked at."""
    guard, found = _Guard(), []

    def make(struct):
        made = Report(struct)
        made.level = FINDING_LEVELS[struct.level]
        return made
    _run(_lib.holt_examine, _bytes(path), *_folders(folders), _visitor(_Finding, make, found, guard), None, guard=guard)
    return found


def _filter(codec, source, output, how_to, how, made, guard):
    ends = [getattr(one, "fileno", None) for one in (source, output)]
    names = [_bytes(str(getattr(one, "name", "a descriptor"))) if end else _bytes(one)
             for one, end in zip((source, output), ends)]
    rest = (c.byref(how_to), c.byref(how), c.byref(made))
    if ends[0] and (ends[1] or output is None):
        _run(getattr(_lib, f"holt_{codec}_stream"), ends[0](), names[0], ends[1]() if output else -1, names[1], *rest,
             guard=guard)
    elif ends[0]:
        _run(getattr(_lib, f"holt_{codec}_to_file"), ends[0](), *names, *rest, guard=guard)
    elif ends[1]:
        _run(getattr(_lib, f"holt_{codec}_from_file"), names[0], ends[1](), names[1], *rest, guard=guard)
    else:
        _run(getattr(_lib, f"holt_{codec}_file"), *names, *rest, guard=guard)


def gzip(source, output=None, **options):
    """A file into another, or with two file objects from one descriptor to the other; `mode`: compress, decompress,
    or test, which needs no output."""
    guard, made = _Guard(), _report(_GzipReport)
    how = _call(guard, _take_call(options))
    how_to = _fill(_GzipOptions, options, mode=GZIP_MODES, layout=GZIP_LAYOUTS)
    _filter("gzip", source, output, how_to, how, made, guard)
    report = Report(made)
    report.trailing = GZIP_TRAILING[made.trailing]
    return report


def gzip_look(path, follow=True):
    """What a name stands for: kind, mode, links, bytes, mtime."""
    found = _report(_GzipInput)
    _run(_lib.holt_gzip_look, _bytes(path), int(follow), c.byref(found))
    report = Report(found)
    report.kind = GZIP_INPUTS[found.kind]
    return report


def gzip_names(folder):
    """The names in a folder, sorted."""
    names, visitor = [], c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p)
    _run(_lib.holt_gzip_names, _bytes(folder), visitor(lambda _, name: names.append(_text(name)) or 0), None)
    return names


def zstd(source, output=None, **options):
    """As gzip(), from and to zstd's format (`format`: also gzip's); files and file objects may be mixed."""
    guard, made = _Guard(), _report(_ZstdReport)
    how = _call(guard, _take_call(options))
    how_to = _fill(_ZstdOptions, options, mode=GZIP_MODES, format=ZSTD_FORMATS, sparse=ZSTD_SPARSE)
    _filter("zstd", source, output, how_to, how, made, guard)
    return Report(made)


def gzip_header(path):
    """The first member's header: name, mtime (0: none), bytes."""
    guard, found = _Guard(), []
    _run(_lib.holt_gzip_header, _bytes(path), _teller(_GzipHeader, Report, found.append, guard), None, guard=guard)
    return found[0]


def check_relocation(folder, **options):
    """What moving a folder would mean (`to`: where); the report's `told` are the files that name its path."""
    guard, found, made = _Guard(), [], _report(_RelocationReport)
    how = _call(guard, _take_call(options))
    _run(_lib.holt_check_relocation, _bytes(folder), c.byref(_fill(_RelocationOptions, options)), c.byref(how),
         _teller(_RelocationFile, _relocation, found.append, guard), None, c.byref(made), guard=guard)
    report = Report(made)
    report.told = found
    return report


def restore_archive(where, destination, import_options=None, **options):
    guard, made = _Guard(), _report(_RestoreReport)
    how = _call(guard, _take_call(options))
    place = _place(where, guard)
    _run(_lib.holt_restore_archive, c.byref(place), _bytes(destination),
         c.byref(_restore_options(options)),
         c.byref(_fill(_ImportOptions, import_options or {}, owner=OWNERS)), c.byref(how), c.byref(made), guard=guard)
    return _linked(Report(made))


def zstd_compress(data, level=0):
    size, written = _lib.holt_zstd_compress_bound(c.c_size_t(len(data))), c.c_size_t()
    room = c.create_string_buffer(size)
    _run(_lib.holt_zstd_compress, bytes(data), c.c_size_t(len(data)), room, c.c_size_t(size), level, c.byref(written))
    return room.raw[:written.value]


def zstd_decompress(frames, limit):
    """The content of all frames, which may have `limit` bytes at most."""
    room, written = c.create_string_buffer(max(limit, 1)), c.c_size_t()
    _run(_lib.holt_zstd_decompress, bytes(frames), c.c_size_t(len(frames)), room, c.c_size_t(limit), c.byref(written))
    return room.raw[:written.value]
