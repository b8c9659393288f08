// Standard error: messages, and one status line at the bottom of a terminal.
//
// A message printed while the status line stands erases it first and draws it again below. Nothing
// is buffered, and write errors are ignored: there is nowhere to report them. Thread rule: any
// thread; log lines come while another one shows progress.
#pragma once

#include <holt/error.hpp>

#include <mutex>
#include <string>
#include <string_view>

#include "cli/output/style.h"

namespace holt::cli {

class Console {
  public:
    Console(int fd, ColorWhen when) noexcept;
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;
    ~Console() { clear_status(); }

    void line(std::string_view text);
    /// Without an end of line: the answer stands behind it.
    void question(std::string_view text);
    /// "holt: <message>", with a coloured prefix.
    void error(const Error& error);
    void warning(const Error& about);

    /// Draws or redraws the status line, cut to the terminal's width.
    void status(std::string_view text);
    void clear_status();

    bool terminal() const noexcept { return terminal_; }
    /// Columns of the terminal, asked anew each time because windows are resized.
    std::size_t width() const noexcept;
    const Style& style() const noexcept { return style_; }

  private:
    int fd_;
    bool terminal_;
    Style style_;
    std::mutex mutex_;    // guards status_ and the terminal's lines
    std::string status_;  // what stands there now, without escapes
};

/// Cuts `text` to at most `columns` characters (UTF-8 sequences kept whole).
std::string_view cut_to(std::string_view text, std::size_t columns) noexcept;

}  // namespace holt::cli
