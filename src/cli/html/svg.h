// Drawings for a page: bars over days, bars for snapshots, a matrix of what shares what. SVG as
// text, with classes for the page's colours; nothing is loaded and nothing runs.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holt::cli {

/// Bytes as text of a page: escaped for people, then for HTML.
std::string html_text(std::string_view bytes);

struct DayBar {
    std::string title;          ///< "2026-11-30: 12 hits, 1 miss"
    std::string label;          ///< under the axis: "11-30"
    std::vector<double> parts;  ///< stacked, the first at the bottom
};
/// `classes`: of the parts; `top`: what the highest bar is worth, in words.
std::string day_chart(std::string_view description, const std::vector<DayBar>& bars,
                      const std::vector<std::string>& classes, const std::string& top);

struct ContentBar {
    std::string name, title;
    double part = 0, whole = 0;  ///< of it is new; all that it has
    std::string text;            ///< behind the bar
};
std::string content_chart(std::string_view description, const std::vector<ContentBar>& bars);

/// How much of the smaller of two is in the other, 0 to 1: share[i][j] for j < i.
std::string share_matrix(std::string_view description, const std::vector<std::string>& names,
                         const std::vector<std::vector<double>>& share);

}  // namespace holt::cli
