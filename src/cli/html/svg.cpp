#include "cli/html/svg.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace holt::cli {
namespace {

constexpr double kWidth = 720;

std::string open_svg(std::string_view description, double width, double height) {
    return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n",
                       width, height, html_text(description));
}

std::string rectangle(std::string_view kind, double x, double y, double width, double height) {
    return fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>", kind,
        x, y, width, height);
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y,
                       anchor, html_text(text));
}

std::string cut(std::string text, std::size_t most) {
    if (text.size() > most) text = text.substr(0, most - 3) + "...";
    return text;
}

double sum(const std::vector<double>& parts) {
    double all = 0;
    for (const double part : parts) all += part;
    return all;
}

}  // namespace

std::string html_text(std::string_view bytes) {
    std::string text;
    for (const char c : printable(bytes)) {
        switch (c) {
            case '&':
                text += "&amp;";
                break;
            case '<':
                text += "&lt;";
                break;
            case '>':
                text += "&gt;";
                break;
            case '"':
                text += "&quot;";
                break;
            default:
                text += c;
        }
    }
    return text;
}

std::string day_chart(std::string_view description, const std::vector<DayBar>& bars,
                      const std::vector<std::string>& classes, const std::string& top) {
    constexpr double kHeight = 160, kTop = 18, kLabels = 22, kWidest = 40;
    double highest = 0;
    for (const DayBar& bar : bars) highest = std::max(highest, sum(bar.parts));
    std::string svg = open_svg(description, kWidth, kTop + kHeight + kLabels);
    svg += rectangle("axis", 0, kTop + kHeight, kWidth, 1) + "\n";
    svg += text_at(0, kTop - 6, "start", highest > 0 ? top : "nothing yet");
    if (bars.empty() || highest <= 0) return svg + "</svg>\n";
    const double step = std::min(kWidth / static_cast<double>(bars.size()), kWidest);
    const std::size_t every = 1 + bars.size() / 12;  // labels that do not meet
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const double x = static_cast<double>(i) * step;
        double y = kTop + kHeight;
        svg += "<g><title>" + html_text(bars[i].title) + "</title>";
        for (std::size_t part = 0; part < bars[i].parts.size(); ++part) {
            const double height = bars[i].parts[part] / highest * kHeight;
            y -= height;
            if (height > 0) svg += rectangle(classes[part], x, y, step * 0.8, height);
        }
        svg += "</g>\n";
        if (i % every == 0)
            svg += text_at(x + step * 0.4, kTop + kHeight + 15, i == 0 ? "start" : "middle",
                           bars[i].label);
    }
    return svg + "</svg>\n";
}

std::string content_chart(std::string_view description, const std::vector<ContentBar>& bars) {
    constexpr double kRow = 24, kName = 200, kText = 150, kBar = kWidth - kName - kText;
    double widest = 1;
    for (const ContentBar& bar : bars) widest = std::max(widest, bar.whole);
    std::string svg = open_svg(description, kWidth, kRow * static_cast<double>(bars.size()) + 4);
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const double y = static_cast<double>(i) * kRow;
        svg += "<g><title>" + html_text(bars[i].title) + "</title>";
        svg += text_at(kName - 8, y + 16, "end", cut(bars[i].name, 28));
        svg += rectangle("shared", kName, y + 4, bars[i].whole / widest * kBar, kRow - 8);
        svg += rectangle("adds", kName, y + 4, bars[i].part / widest * kBar, kRow - 8);
        svg += text_at(kName + bars[i].whole / widest * kBar + 8, y + 16, "start", bars[i].text);
        svg += "</g>\n";
    }
    return svg + "</svg>\n";
}

std::string share_matrix(std::string_view description, const std::vector<std::string>& names,
                         const std::vector<std::vector<double>>& share) {
    constexpr double kName = 200, kMost = 24, kLabels = 20;
    const auto count = static_cast<double>(names.size());
    const double cell = std::min((kWidth - kName) / std::max(count, 1.0), kMost);
    std::string svg = open_svg(description, kWidth, cell * count + kLabels);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const double y = static_cast<double>(i) * cell;
        svg += text_at(kName - 8, y + cell * 0.7, "end",
                       fmt::format("{} {}", cut(names[i], 26), i + 1));
        for (std::size_t j = 0; j <= i; ++j) {
            const double part = i == j ? 1 : share[i][j];
            const std::string title =
                i == j ? names[i]
                       : fmt::format("{} and {}: {:.0f}%", names[i], names[j], part * 100);
            svg += fmt::format(
                "<g opacity=\"{:.2f}\"><title>{}</title>{}</g>\n", 0.06 + 0.94 * part,
                html_text(title),
                rectangle(i == j ? "self" : "adds", kName + static_cast<double>(j) * cell, y,
                          cell - 1, cell - 1));
        }
        svg += text_at(kName + static_cast<double>(i) * cell + cell / 2, count * cell + 14,
                       "middle", std::to_string(i + 1));
    }
    return svg + "</svg>\n";
}

}  // namespace holt::cli
