// The floor under a restore: makes the folders and files of a tree from memory, with the fewest
// calls and the same threads, and sets what a restore sets. Nothing is decoded, hashed or kept.
//
//   bench_bare_tree SOURCE DESTINATION [--threads N] [--files METHOD] [--links]
//
// METHOD, how a file comes to be (all set mode and time through the descriptor, as holt does):
//   plain     openat O_EXCL, write, fchmod, utimensat, close                         (what holt
//   does) allocate  the same with fallocate before the write unnamed   O_TMPFILE, write, fchmod,
//   utimensat, linkat, close uring     the calls of plain as linked requests of an io_uring, 64
//   files at a time
// --links makes each file a hard link to that of SOURCE instead: what `cp -al` does, bare.
// The source is read into memory first; then the time from the first mkdir to the last close is
// taken and printed with the number of files and the bytes.
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace {

namespace stdfs = std::filesystem;

struct File {
    std::string name, source;
    std::string content;
    mode_t mode;
    timespec times[2];
};
struct Folder {
    std::string path;  // relative
    mode_t mode;
    timespec times[2];
    std::vector<std::string> subfolders;
    std::vector<std::pair<std::string, std::string>> symlinks;
    std::vector<File> files;
};

[[noreturn]] void die(const char* what, const std::string& path) {
    std::fprintf(stderr, "bench_bare_tree: %s %s: %s\n", what, path.c_str(), std::strerror(errno));
    std::exit(1);
}
void expect(bool done, const char* what, const std::string& path) {
    if (!done) die(what, path);
}

void read_times(const struct stat& st, timespec times[2]) {
    times[0] = {0, UTIME_OMIT};
    times[1] = st.st_mtim;
}

std::string read_all(const std::string& path, std::size_t size) {
    std::string content(size, '\0');
    std::ifstream(path, std::ios::binary)
        .read(content.data(), static_cast<std::streamsize>(content.size()));
    return content;
}

// Parents before children, so that each folder is there when its turn comes.
std::vector<Folder> read_tree(const std::string& root, bool with_content) {
    std::vector<Folder> folders;
    std::vector<std::string> todo{""};
    while (!todo.empty()) {
        Folder folder{todo.back(), 0, {}, {}, {}, {}};
        todo.pop_back();
        const std::string at = root + "/" + folder.path;
        struct stat st;
        expect(::stat(at.c_str(), &st) == 0, "cannot look at", at);
        folder.mode = st.st_mode & 07777;
        read_times(st, folder.times);
        for (const auto& entry : stdfs::directory_iterator(at)) {
            const std::string name = entry.path().filename().string(), path = entry.path().string();
            expect(::lstat(path.c_str(), &st) == 0, "cannot look at", path);
            if (S_ISDIR(st.st_mode)) {
                folder.subfolders.push_back(name);
                todo.push_back(folder.path.empty() ? name : folder.path + "/" + name);
            } else if (S_ISLNK(st.st_mode)) {
                folder.symlinks.emplace_back(name, stdfs::read_symlink(path).string());
            } else if (S_ISREG(st.st_mode)) {
                File file{name, path, {}, st.st_mode & 07777, {}};
                read_times(st, file.times);
                if (with_content)
                    file.content = read_all(path, static_cast<std::size_t>(st.st_size));
                folder.files.push_back(std::move(file));
            }
        }
        folders.push_back(std::move(folder));
    }
    return folders;
}

void write_content(int fd, const File& file) {
    const char* at = file.content.data();
    for (std::size_t left = file.content.size(); left > 0;) {
        const ssize_t put = ::write(fd, at, left);
        expect(put > 0, "cannot write", file.name);
        at += put;
        left -= static_cast<std::size_t>(put);
    }
}
void set_metadata(int fd, const File& file) {
    expect(::fchmod(fd, file.mode) == 0, "cannot set the mode of", file.name);
    expect(::futimens(fd, file.times) == 0, "cannot set the time of", file.name);
}

constexpr int kNewFile = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

void make_plain(int folder, const File& file, bool allocate) {
    const holt::UniqueFd fd(::openat(folder, file.name.c_str(), kNewFile, 0600));
    expect(fd.get() >= 0, "cannot make", file.name);
    const auto size = static_cast<off_t>(file.content.size());
    if (allocate && size > 0)
        expect(::fallocate(fd.get(), 0, 0, size) == 0, "cannot allocate", file.name);
    write_content(fd.get(), file);
    set_metadata(fd.get(), file);
}

void make_unnamed(int folder, const File& file) {
    const holt::UniqueFd fd(::openat(folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600));
    expect(fd.get() >= 0, "cannot make an unnamed file for", file.name);
    write_content(fd.get(), file);
    set_metadata(fd.get(), file);
    char path[32];
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd.get());
    expect(::linkat(AT_FDCWD, path, folder, file.name.c_str(), AT_SYMLINK_FOLLOW) == 0,
           "cannot name", file.name);
}

void make_link(int folder, const File& file) {
    expect(::linkat(AT_FDCWD, file.source.c_str(), folder, file.name.c_str(), 0) == 0,
           "cannot link", file.name);
}

// A ring of its own for each thread, with direct descriptors: open, write and close of a file are
// three linked requests. There is no request for fchmod or futimens: those need a real descriptor,
// so here the file is opened into the normal table and the two calls stay calls.
class Ring {
  public:
    static constexpr unsigned kEntries = 256, kFiles = 64;
    Ring() {
        io_uring_params params{};
        params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN;
        fd_.reset(static_cast<int>(::syscall(SYS_io_uring_setup, kEntries, &params)));
        expect(fd_.get() >= 0, "cannot set up", "io_uring");
        const std::size_t size =
            std::max(params.sq_off.array + params.sq_entries * sizeof(unsigned),
                     params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe));
        rings_ = static_cast<char*>(map(size, IORING_OFF_SQ_RING));
        requests_ = static_cast<io_uring_sqe*>(
            map(params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
        sq_tail_ = at(params.sq_off.tail);
        sq_mask_ = *at(params.sq_off.ring_mask);
        sq_array_ = at(params.sq_off.array);
        cq_head_ = at(params.cq_off.head);
        cq_tail_ = at(params.cq_off.tail);
        cq_mask_ = *at(params.cq_off.ring_mask);
        cqes_ = reinterpret_cast<io_uring_cqe*>(rings_ + params.cq_off.cqes);
    }

    io_uring_sqe& next() {
        const unsigned index = (*sq_tail_ + queued_) & sq_mask_;
        ++queued_;
        sq_array_[index] = index;
        requests_[index] = {};
        return requests_[index];
    }
    // Submits what is queued, waits for all of it; results by user_data.
    void run(std::vector<int>& results) {
        std::atomic_ref(*sq_tail_).store(*sq_tail_ + queued_, std::memory_order_release);
        const auto r = ::syscall(SYS_io_uring_enter, fd_.get(), queued_, queued_,
                                 IORING_ENTER_GETEVENTS, nullptr, 0);
        expect(r == static_cast<long>(queued_), "cannot submit to", "io_uring");
        unsigned head = *cq_head_;
        while (head != std::atomic_ref(*cq_tail_).load(std::memory_order_acquire)) {
            const io_uring_cqe& done = cqes_[head++ & cq_mask_];
            results[done.user_data] = done.res;
        }
        std::atomic_ref(*cq_head_).store(head, std::memory_order_release);
        queued_ = 0;
    }

  private:
    void* map(std::size_t size, std::uint64_t offset) {
        void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                              fd_.get(), static_cast<off_t>(offset));
        expect(mapped != MAP_FAILED, "cannot map", "io_uring");
        return mapped;
    }
    unsigned* at(unsigned offset) { return reinterpret_cast<unsigned*>(rings_ + offset); }

    holt::UniqueFd fd_;
    char* rings_ = nullptr;
    io_uring_sqe* requests_ = nullptr;
    unsigned *sq_tail_, sq_mask_, *sq_array_, *cq_head_, *cq_tail_, cq_mask_;
    io_uring_cqe* cqes_;
    unsigned queued_ = 0;
};

void make_by_ring(int folder, const std::vector<File>& files) {
    thread_local Ring ring;
    std::vector<int> opened(Ring::kFiles), done(2 * Ring::kFiles);
    for (std::size_t begin = 0; begin < files.size(); begin += Ring::kFiles) {
        const std::size_t count = std::min<std::size_t>(Ring::kFiles, files.size() - begin);
        for (std::size_t i = 0; i < count; ++i) {
            io_uring_sqe& open = ring.next();
            open.opcode = IORING_OP_OPENAT;
            open.fd = folder;
            open.addr = reinterpret_cast<std::uint64_t>(files[begin + i].name.c_str());
            open.len = 0600;
            open.open_flags = kNewFile;
            open.user_data = i;
        }
        ring.run(opened);
        for (std::size_t i = 0; i < count; ++i) {
            const File& file = files[begin + i];
            expect(opened[i] >= 0, "cannot make", file.name);
            io_uring_sqe& write = ring.next();
            write.opcode = IORING_OP_WRITE;
            write.fd = opened[i];
            write.addr = reinterpret_cast<std::uint64_t>(file.content.data());
            write.len = static_cast<std::uint32_t>(file.content.size());
            write.user_data = i;
        }
        ring.run(done);
        for (std::size_t i = 0; i < count; ++i) {
            const File& file = files[begin + i];
            expect(done[i] == static_cast<int>(file.content.size()), "cannot write", file.name);
            set_metadata(opened[i], file);
            io_uring_sqe& close = ring.next();
            close.opcode = IORING_OP_CLOSE;
            close.fd = opened[i];
            close.user_data = i;
        }
        ring.run(done);
    }
}

double processor_seconds() {
    timespec now;
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

enum class Method { plain, allocate, unnamed, uring, links };

void make_folder(const std::string& root, const Folder& folder, Method method) {
    const std::string path = folder.path.empty() ? root : root + "/" + folder.path;
    const holt::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    expect(fd.get() >= 0, "cannot open", path);
    if (method == Method::uring) make_by_ring(fd.get(), folder.files);
    for (const File& file : folder.files) {
        if (method == Method::plain || method == Method::allocate)
            make_plain(fd.get(), file, method == Method::allocate);
        else if (method == Method::unnamed)
            make_unnamed(fd.get(), file);
        else if (method == Method::links)
            make_link(fd.get(), file);
    }
    for (const auto& [name, target] : folder.symlinks)
        expect(::symlinkat(target.c_str(), fd.get(), name.c_str()) == 0, "cannot make", name);
    expect(::fchmod(fd.get(), folder.mode) == 0 && ::futimens(fd.get(), folder.times) == 0,
           "cannot finish", path);
}

Method parse_method(const std::string& word) {
    if (word == "plain") return Method::plain;
    if (word == "allocate") return Method::allocate;
    if (word == "unnamed") return Method::unnamed;
    if (word == "uring") return Method::uring;
    std::fprintf(stderr, "bench_bare_tree: --files takes plain, allocate, unnamed or uring\n");
    std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr,
                     "usage: bench_bare_tree SOURCE DESTINATION [--threads N] [--files "
                     "plain|allocate|unnamed|uring] [--links]\n");
        return 2;
    }
    const std::string root = argv[2];
    unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    Method method = Method::plain;
    for (int i = 3; i < argc; ++i) {
        const std::string option = argv[i];
        if (option == "--links")
            method = Method::links;
        else if (option == "--threads" && i + 1 < argc)
            threads = std::max(1, std::atoi(argv[++i]));
        else if (option == "--files" && i + 1 < argc)
            method = parse_method(argv[++i]);
        else
            parse_method(option);
    }
    struct rlimit limit;
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    const std::vector<Folder> folders = read_tree(argv[1], method != Method::links);
    std::size_t files = 0, bytes = 0;
    for (const Folder& folder : folders)
        for (const File& file : folder.files) {
            ++files;
            bytes += file.content.size();
        }

    const auto started = std::chrono::steady_clock::now();
    const double cpu_before = processor_seconds();
    expect(::mkdir(root.c_str(), 0700) == 0, "cannot make", root);
    // All folders first, by one thread, relative to their parent: few calls, and then every thread
    // has work. A folder is given its mode and time when its files are in it.
    for (const Folder& folder : folders) {
        if (folder.subfolders.empty()) continue;
        const std::string path = folder.path.empty() ? root : root + "/" + folder.path;
        const holt::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        for (const std::string& name : folder.subfolders)
            expect(::mkdirat(fd.get(), name.c_str(), 0700) == 0, "cannot make", name);
    }
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < folders.size(); i = next++)
            make_folder(root, folders[folders.size() - 1 - i], method);
    };
    {
        std::vector<std::jthread> others;
        for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
        work();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    std::printf("%.4f s, processor %.4f s, %zu files, %zu bytes\n", took.count(),
                processor_seconds() - cpu_before, files, bytes);
    return 0;
}
