// Publishing one entry out of a staging folder: the end of a restore of a single file.
#include <cerrno>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/staging/staging.h"

namespace holt::fs {
namespace {

// A file by itself; of a symlink or FIFO there is nothing that could be opened.
Status sync_entry(int folder, const std::string& name, const std::string& shown) {
    HOLT_TRY_LET(stat, stat_at(folder, name, shown));
    if (stat.kind != Kind::file) return sync_file_system(folder, shown);
    auto fd = open_read(folder, name, shown);
    if (!fd) return sync_file_system(folder, shown);  // its mode forbids it
    return sync_fd(fd->get(), shown);
}

}  // namespace

Status Staging::publish_entry(const std::string& name, IfExists if_exists, Durability durability) {
    const bool durable = durability == Durability::synced;
    const std::string& shown = destination_.shown;
    const int parent = destination_.parent.get();
    if (durable) HOLT_TRY(sync_entry(fd(), name, shown));
    const Status renamed = if_exists == IfExists::replace
                               ? rename_replace(fd(), name, parent, destination_.name, shown)
                               : rename_no_replace(fd(), name, parent, destination_.name, shown);
    if (!renamed && renamed.error().sys_errno == EEXIST)
        return somebody_was_faster("something of that name appeared meanwhile");
    HOLT_TRY(renamed);
    return durable ? sync_folder(parent, shown) : Status{};
}

}  // namespace holt::fs
