// Standard output: where data goes, and only data.
//
// Buffered; the first write error is kept and everything after it is dropped, so that a command
// need not check each line but finish() tells in the end. A reader that has gone away (EPIPE, as
// with `holt ls | head`) is no error: the rest is dropped quietly. Thread rule: one thread.
#pragma once

#include <holt/error.hpp>

#include <string>
#include <string_view>

namespace holt::cli {

class Out {
  public:
    explicit Out(int fd) noexcept;
    Out(const Out&) = delete;
    Out& operator=(const Out&) = delete;

    void write(std::string_view bytes);
    /// The text and a newline. On a terminal it appears at once.
    void line(std::string_view text);
    /// Writes out what is buffered; the first error there was, unless it is a reader gone away.
    Status finish();
    /// Nothing more can be written: the reader went away, or an error is waiting in finish().
    bool closed() const noexcept { return error_ != 0; }
    bool terminal() const noexcept { return terminal_; }
    int fd() const noexcept { return fd_; }

  private:
    void flush();

    int fd_;
    bool terminal_;
    int error_ = 0;  // errno of the first failed write
    std::string buffer_;
};

/// The reader of our output went away (`holt cat ... | head`): not worth a word.
bool is_reader_gone(const Error& error) noexcept;

/// Writes all of `bytes` to a descriptor; 0 or the errno.
int write_all(int fd, std::string_view bytes) noexcept;

}  // namespace holt::cli
