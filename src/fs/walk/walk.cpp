// How it works: `upcoming` holds every folder that is known and not delivered yet, in preorder.
// When a folder has been listed its subfolders are inserted right behind it, so the front is always
// the next one to deliver. The first `window` of them are given to the executor to be listed ahead;
// whichever thread comes first lists a folder: a worker, or next() itself when it is the front and
// nobody has begun. So next() never waits for a task that has not started, and an executor that
// runs nothing, or runs at once, works too.
//
// Descriptors: a folder stays open from its listing until it was delivered and all its subfolders
// were opened, as far as `max_open` allows; beyond that it is closed and reopened when needed.
#include "fs/walk/walk.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <new>
#include <utility>

#include "fs/file.h"
#include "fs/machine/open_limit.h"
#include "fs/walk/walk_node.h"

namespace holt::fs {
namespace {

bool out_of_descriptors(const Error& error) {
    return error.sys_errno == EMFILE || error.sys_errno == ENFILE;
}

}  // namespace

struct TreeWalk::State : std::enable_shared_from_this<TreeWalk::State> {
    WalkOptions options;
    Executor executor;
    std::string shown;
    std::size_t max_open;
    SharedFd root_fd;
    std::uint64_t root_dev = 0;

    std::mutex mutex;
    std::condition_variable listed;  // some folder is done, or a worker has left
    std::list<NodePtr> upcoming;
    std::size_t entries_ahead = 0;  // of the folders that are done and not delivered
    std::size_t queued = 0;         // nodes at that stage
    std::size_t running = 0;        // workers in list_node
    bool stopped = false;
    std::vector<WalkNode*> open_nodes;  // nodes with a descriptor kept, at most max_open

    std::string shown_path(const WalkNode& node) const {
        return join_path(shown, path_below(nullptr, node));
    }

    // Descriptors. All but close_kept() take the lock themselves.
    void keep_open(WalkNode& node, const SharedFd& fd);
    void close_kept(WalkNode& node);
    void close_all_kept();
    Result<SharedFd> folder_fd(const NodePtr& node);
    Result<SharedFd> reopen(const NodePtr& node);
    Result<SharedFd> open_node(const NodePtr& node);
    void child_opened(WalkNode& parent);

    // Listing.
    Status read_folder(const NodePtr& node, SharedFd& fd);
    Status look_into(WalkNode& node, int fd, const std::string& path) const;
    void expand(std::list<NodePtr>::iterator& place);
    void begin_listing(WalkNode& node);
    void list_node(std::list<NodePtr>::iterator place);
    void run_task(std::list<NodePtr>::iterator place, const NodePtr& node);
    void schedule(std::unique_lock<std::mutex>& lock);
    bool list_another(std::unique_lock<std::mutex>& lock);
    WalkFolder deliver(const NodePtr& node);
};

// Keeps `fd` for the node if there is room. Room is made by closing the shallowest folder that was
// delivered already: in preorder its further subfolders come last.
void TreeWalk::State::keep_open(WalkNode& node, const SharedFd& fd) {
    const std::lock_guard lock(mutex);
    if (node.fd) return;
    if (open_nodes.size() >= max_open) {
        WalkNode* shallowest = nullptr;
        for (WalkNode* open : open_nodes)
            if (open->delivered && (!shallowest || open->depth < shallowest->depth))
                shallowest = open;
        if (!shallowest) return;
        close_kept(*shallowest);
    }
    node.fd = fd;
    open_nodes.push_back(&node);
}

void TreeWalk::State::close_kept(WalkNode& node) {
    if (!node.fd) return;
    node.fd.reset();
    std::erase(open_nodes, &node);
}

void TreeWalk::State::close_all_kept() {
    const std::lock_guard lock(mutex);
    while (!open_nodes.empty()) close_kept(*open_nodes.back());
}

Result<SharedFd> TreeWalk::State::folder_fd(const NodePtr& node) {
    if (!node->parent) return root_fd;
    {
        const std::lock_guard lock(mutex);
        if (node->fd) return node->fd;
    }
    return reopen(node);
}

// Opens a folder again that was closed to save descriptors: from the nearest ancestor still open,
// and only if it is still the same folder.
Result<SharedFd> TreeWalk::State::reopen(const NodePtr& node) {
    const WalkNode* top = node->parent.get();
    SharedFd from;
    {
        const std::lock_guard lock(mutex);
        while (top->parent && !top->fd) top = top->parent.get();
        from = top->parent ? top->fd : root_fd;
    }
    const std::string path = shown_path(*node);
    HOLT_TRY_LET(fd, open_beneath(from->get(), path_below(top, *node), path));
    HOLT_TRY_LET(now, stat_fd(fd.get(), path));
    if (now.dev != node->stat.dev || now.ino != node->stat.ino)
        return fail(ErrorKind::failed, "read folder", path,
                    "it was replaced by another folder meanwhile", "run it again");
    auto shared = std::make_shared<const UniqueFd>(std::move(fd));
    keep_open(*node, shared);
    return shared;
}

Result<SharedFd> TreeWalk::State::open_node(const NodePtr& node) {
    if (!node->parent) return root_fd;
    if (node->depth > options.max_depth)
        return fail(ErrorKind::failed, "read folder", shown_path(*node),
                    "it lies more than " + std::to_string(options.max_depth) + " levels deep");
    const auto attempt = [&]() -> Result<SharedFd> {
        HOLT_TRY_LET(parent, folder_fd(node->parent));
        HOLT_TRY_LET(fd, open_subfolder(parent->get(), node->name, shown_path(*node)));
        return std::make_shared<const UniqueFd>(std::move(fd));
    };
    auto opened = attempt();
    if (!opened && out_of_descriptors(opened.error())) {
        close_all_kept();
        opened = attempt();
    }
    return opened;
}

void TreeWalk::State::child_opened(WalkNode& parent) {
    const std::lock_guard lock(mutex);
    if (--parent.unopened == 0 && parent.delivered) close_kept(parent);
}

Status TreeWalk::State::read_folder(const NodePtr& node, SharedFd& fd) {
    auto opened = open_node(node);
    if (node->parent) child_opened(*node->parent);
    if (!opened) return std::unexpected(std::move(opened).error());
    const std::string path = shown_path(*node);
    HOLT_TRY_LET(stat, stat_fd((*opened)->get(), path));
    node->stat = stat;
    node->other_file_system = options.one_file_system && stat.dev != root_dev;
    if (!node->other_file_system) HOLT_TRY(look_into(*node, (*opened)->get(), path));
    fd = *std::move(opened);
    return {};
}

// What is in an open folder, and stays.
Status TreeWalk::State::look_into(WalkNode& node, int fd, const std::string& path) const {
    const std::string below = path_below(nullptr, node);
    HOLT_TRY_LET(names, list_names(fd, path));
    WalkOptions::KeepEntry unpruned;
    if (options.prune) unpruned = options.prune(below, fd, names);
    const auto stays = [&](const DirEntry& entry, const std::string& of_entry) {
        return (!unpruned || unpruned(entry)) && (!options.keep || options.keep(of_entry, entry));
    };
    if (names.size() > options.most_entries) {
        auto many = std::make_shared<LongListing>(look_at_names_packed(
            fd, std::move(names), path, executor,
            [&](const DirEntry& entry) { return stays(entry, join_path(below, entry.name)); }));
        node.listing.errors = std::exchange(many->errors, {});
        node.many = std::move(many);
        return {};
    }
    node.listing = look_at_names_parallel(fd, std::move(names), path, executor);
    if (!unpruned && !options.keep) return {};
    std::string of_entry = below.empty() ? "" : below + '/';
    const std::size_t length = of_entry.size();
    std::erase_if(node.listing.entries, [&](const DirEntry& entry) {
        of_entry.resize(length);
        of_entry += entry.name;
        return !stays(entry, of_entry);
    });
    return {};
}

// Where `place` stands for further subfolders: makes nodes of the next ones, of which it is the
// first then. Needs the lock.
void TreeWalk::State::expand(std::list<NodePtr>::iterator& place) {
    WalkNode& rest = **place;
    if (!rest.further) return;
    std::list<NodePtr> next = next_of(rest, options.folders_ahead);
    const auto first = next.begin();
    upcoming.splice(place, next);
    if (rest.further_count == 0) upcoming.erase(place);
    place = first;
}

// Needs the lock.
void TreeWalk::State::begin_listing(WalkNode& node) {
    if (node.stage == WalkNode::Stage::queued) --queued;
    node.stage = WalkNode::Stage::listing;
}

// Lists the folder at `place`, whose stage is `listing`, without the lock; then publishes it.
void TreeWalk::State::list_node(std::list<NodePtr>::iterator place) {
    const NodePtr node = *place;
    std::list<NodePtr> children;
    try {
        SharedFd fd;
        if (auto status = read_folder(node, fd); !status) node->error = std::move(status).error();
        children = subfolders_of(node);
        if (fd && node->parent) keep_open(*node, fd);
    } catch (const std::bad_alloc&) {  // or next() would wait for ever
        children.clear();
        node->unopened = 0;
        node->listing = {};
        node->many.reset();
        node->error = Error{.sys_errno = ENOMEM, .operation = "read folder"};
    }
    const std::lock_guard lock(mutex);
    entries_ahead += entry_count(*node);
    upcoming.splice(std::next(place), children);
    node->stage = WalkNode::Stage::done;
    listed.notify_all();
}

// What the executor runs. `node` keeps `place` meaningful: a node leaves the list only when done.
void TreeWalk::State::run_task(std::list<NodePtr>::iterator place, const NodePtr& node) {
    {
        const std::lock_guard lock(mutex);
        if (stopped || node->stage != WalkNode::Stage::queued) return;
        begin_listing(*node);
        ++running;
    }
    list_node(place);
    const std::lock_guard lock(mutex);
    --running;
    listed.notify_all();
}

// Gives the executor the folders of the window that nobody has begun, many at a time: looking for
// them and waking a thread cost as much as listing a small one. The lock is released while it is
// called, since it may run the task at once.
void TreeWalk::State::schedule(std::unique_lock<std::mutex>& lock) {
    if (!executor || entries_ahead >= options.entries_ahead) return;
    if (queued > options.folders_ahead / 2) return;
    std::vector<std::function<void()>> tasks;
    std::size_t position = 0;
    for (auto place = upcoming.begin(); place != upcoming.end(); ++place) {
        if (++position > options.folders_ahead) break;
        expand(place);
        const NodePtr& node = *place;
        if (node->stage != WalkNode::Stage::waiting) continue;
        node->stage = WalkNode::Stage::queued;
        ++queued;
        tasks.emplace_back(
            [self = shared_from_this(), place, node] { self->run_task(place, node); });
    }
    if (tasks.empty()) return;
    lock.unlock();
    for (auto& task : tasks) executor(std::move(task));
    lock.lock();
}

// Lists some folder of the window that nobody has begun; false when there is none. What next() does
// while another thread lists the folder it needs: that takes some ten microseconds, as much as
// going to sleep and being woken.
bool TreeWalk::State::list_another(std::unique_lock<std::mutex>& lock) {
    if (entries_ahead >= options.entries_ahead) return false;
    std::size_t position = 0;
    for (auto place = upcoming.begin(); place != upcoming.end(); ++place) {
        if (++position > options.folders_ahead) return false;
        expand(place);
        WalkNode& node = **place;
        if (node.stage != WalkNode::Stage::waiting && node.stage != WalkNode::Stage::queued)
            continue;
        begin_listing(node);
        lock.unlock();
        list_node(place);
        lock.lock();
        return true;
    }
    return false;
}

// Hands out a folder that is done and off the list.
WalkFolder TreeWalk::State::deliver(const NodePtr& node) {
    WalkFolder folder{.path = path_below(nullptr, *node),
                      .depth = node->depth,
                      .stat = node->stat,
                      .fd = {},
                      .entries = std::move(node->listing.entries),
                      .many = std::move(node->many),
                      .errors = std::move(node->listing.errors),
                      .error = std::move(node->error),
                      .other_file_system = node->other_file_system};
    if (!folder.error) {
        auto fd = folder_fd(node);
        if (!fd && out_of_descriptors(fd.error())) {
            close_all_kept();
            fd = folder_fd(node);
        }
        if (fd) {
            folder.fd = *std::move(fd);
        } else {
            folder.error = std::move(fd).error();
            folder.entries.clear();
            folder.many.reset();
        }
    }
    const std::lock_guard lock(mutex);
    node->delivered = true;
    if (node->unopened == 0) close_kept(*node);
    return folder;
}

TreeWalk::TreeWalk(UniqueFd root, std::string shown, WalkOptions options, Executor executor)
    : state_(std::make_shared<State>()) {
    State& s = *state_;
    s.max_open = open_limit(options.open_folders, 1.0 / 3);
    s.options = std::move(options);
    s.options.folders_ahead = std::clamp<std::size_t>(s.options.folders_ahead, 1, s.max_open);
    s.executor = std::move(executor);
    s.shown = std::move(shown);
    s.root_fd = std::make_shared<const UniqueFd>(std::move(root));
    if (const auto stat = stat_fd(s.root_fd->get(), s.shown)) s.root_dev = stat->dev;
    s.upcoming.push_back(std::make_shared<WalkNode>());
}

TreeWalk::~TreeWalk() {
    std::unique_lock lock(state_->mutex);
    state_->stopped = true;
    state_->listed.wait(lock, [&] { return state_->running == 0; });
}

std::optional<WalkFolder> TreeWalk::next() {
    State& s = *state_;
    std::unique_lock lock(s.mutex);
    if (s.upcoming.empty()) return std::nullopt;
    auto place = s.upcoming.begin();
    s.expand(place);
    const NodePtr node = *place;
    while (node->stage != WalkNode::Stage::done) {
        s.schedule(lock);
        if (node->stage == WalkNode::Stage::waiting || node->stage == WalkNode::Stage::queued) {
            s.begin_listing(*node);
            lock.unlock();
            s.list_node(place);
            lock.lock();
        } else if (node->stage == WalkNode::Stage::listing && !s.list_another(lock)) {
            s.listed.wait(lock);
        }
    }
    s.entries_ahead -= entry_count(*node);
    s.upcoming.erase(place);
    s.schedule(lock);
    lock.unlock();
    return s.deliver(node);
}

}  // namespace holt::fs
