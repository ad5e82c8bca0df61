#include "src/exports/svg_labels.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "src/exports/svg_words.h"

namespace ttmem {
namespace {

constexpr double kBetween = 10;    // pixels beside a name
constexpr double kBesideLine = 4;  // from a line to its name, so that the line of a place close by goes past the name

// Whether both can be there: neither name over the other one, or over its line, which ends at its row.
bool lie_apart(const PlacedLabel& a, const PlacedLabel& b) {
    const auto covers = [](const PlacedLabel& name, double line) {
        return line > name.left - kBesideLine + 1 && line < name.right + kBesideLine - 1;
    };
    if (a.row == b.row && a.left < b.right + kBetween && b.left < a.right + kBetween) return false;
    return !(a.row <= b.row && covers(a, b.at)) && !(b.row <= a.row && covers(b, a.at));
}

// All of them, from the middle of the bar outwards, so that the outer ones go below the inner ones; or nothing.
std::optional<std::vector<PlacedLabel>> placed_all(std::vector<PlacedLabel> labels, double left, double right,
                                                   size_t rows) {
    const double middle = (left + right) / 2;
    std::stable_sort(labels.begin(), labels.end(), [&](const PlacedLabel& a, const PlacedLabel& b) {
        return std::abs(a.at - middle) < std::abs(b.at - middle);
    });
    std::vector<PlacedLabel> placed;
    for (PlacedLabel& label : labels) {
        const double width = label.right - label.left;
        const auto fits_from = [&](double from) {  // inside, and its line beside it or into it
            label.left = std::max(left, std::min(from, right - width)), label.right = label.left + width;
            return std::ranges::all_of(placed, [&](const PlacedLabel& other) { return lie_apart(label, other); });
        };
        const double right_of = label.at + kBesideLine, left_of = label.at - kBesideLine - width;
        const double inwards = label.at < middle ? right_of : left_of;
        const double outwards = label.at < middle ? left_of : right_of;
        label.row = 0;
        while (label.row < rows && !fits_from(inwards) && !fits_from(outwards)) ++label.row;
        if (label.row == rows) return std::nullopt;
        placed.push_back(label);
    }
    return placed;
}

}  // namespace

std::vector<double> svg_spread(const std::vector<double>& wanted, double step, double first, double last) {
    // Those that would come too close stand together around the mean of their places.
    struct Group {
        double sum;
        size_t count;
        double mean() const { return sum / static_cast<double>(count); }
    };
    std::vector<Group> groups;
    for (size_t i = 0; i < wanted.size(); ++i) {
        groups.push_back({wanted[i] - step * static_cast<double>(i), 1});
        while (groups.size() > 1 && groups[groups.size() - 2].mean() > groups.back().mean()) {
            const Group& later = groups.back();
            groups[groups.size() - 2].sum += later.sum, groups[groups.size() - 2].count += later.count;
            groups.pop_back();
        }
    }
    std::vector<double> places;
    const double most = last - step * static_cast<double>(wanted.empty() ? 0 : wanted.size() - 1);
    for (const Group& group : groups) {
        for (size_t i = 0; i < group.count; ++i) {
            const double base = std::max(first, std::min(most, group.mean()));
            places.push_back(base + step * static_cast<double>(places.size()));
        }
    }
    return places;
}

std::vector<PlacedLabel> svg_below_bar(const std::vector<BarLabel>& labels, double left, double right, size_t rows) {
    std::vector<PlacedLabel> placed;
    for (size_t i = 0; i < labels.size(); ++i) {
        const BarLabel& label = labels[i];
        PlacedLabel one{
            .label = i, .at = label.at, .words = svg_shortened(label.words, (right - left) * 2 / 3, label.style)};
        one.right = svg_width(one.words, label.style);
        std::vector<PlacedLabel> more = placed;
        more.push_back(std::move(one));
        if (auto all = placed_all(std::move(more), left, right, rows)) placed = std::move(*all);
    }
    return placed;
}

}  // namespace ttmem
