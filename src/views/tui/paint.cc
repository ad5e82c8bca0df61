#include "src/views/tui/paint.h"

#include <algorithm>
#include <array>

namespace ttmem::tui {
namespace {

struct Ways {
    const char *few, *many;  // parameters of SGR
};

// In the order of Ink.
constexpr std::array<Ways, 13> kOnDark = {{
    {"", ""},
    {"2", "2"},
    {"32", "38;5;36"},
    {"33", "38;5;178"},
    {"31", "38;5;166"},
    {"34", "38;5;32"},     // tensors: blue
    {"36", "38;5;117"},    // persistent: sky blue
    {"33", "38;5;214"},    // programs: orange
    {"35", "38;5;175"},    // traces: purple
    {"32", "38;5;36"},     // circular buffers: green
    {"37", "38;5;246"},    // runtime: grey
    {"31;1", "38;5;166"},  // leaked: vermilion
    {"2", "2"},            // unknown
}};

// The same hues, as dark as a white background needs them; yellow and white cannot be read there.
constexpr std::array<Ways, 13> kOnLight = {{
    {"", ""},
    {"2", "38;5;241"},
    {"32", "38;5;29"},
    {"31", "38;5;94"},
    {"31", "38;5;160"},
    {"34", "38;5;25"},
    {"36", "38;5;31"},
    {"35;1", "38;5;130"},
    {"35", "38;5;126"},
    {"32", "38;5;29"},
    {"2", "38;5;241"},
    {"31;1", "38;5;160"},
    {"2", "38;5;241"},
}};

constexpr std::array<std::string_view, 3> kThemes = {"dark", "light", "mono"};

std::string sgr(Style style, Colors colors, Theme theme) {
    std::string out = "\x1b[0";
    if (style.bold) out += ";1";
    if (style.reverse) out += ";7";
    if (theme == Theme::kMono) colors = Colors::kNone;
    const Ways& ways = (theme == Theme::kLight ? kOnLight : kOnDark).at(static_cast<size_t>(style.ink));
    const std::string ink = colors == Colors::kNone ? "" : colors == Colors::kFew ? ways.few : ways.many;
    if (colors == Colors::kNone && (style.ink == Ink::kDim || style.ink == Ink::kUnknown)) out += ";2";
    if (colors == Colors::kNone && (style.ink == Ink::kBad || style.ink == Ink::kLeaked)) out += ";1";
    if (!ink.empty()) out += ";" + ink;
    return out + "m";
}

std::string move_to(size_t column, size_t row) {
    return "\x1b[" + std::to_string(row + 1) + ";" + std::to_string(column + 1) + "H";
}

// Writes cells where the cursor is, and moves it where it is not. After a character that terminals disagree about the
// place of the cursor is not relied on.
class Painter {
public:
    Painter(Colors colors, Theme theme) : colors_(colors), theme_(theme) {}

    void put(size_t column, size_t row, const Glyph& glyph) {
        if (!known_ || column != column_ || row != row_) out_ += move_to(column, row);
        if (!styled_ || glyph.style != style_) out_ += sgr(glyph.style, colors_, theme_);
        append_utf8(out_, glyph.character);
        known_ = glyph.character < 0x80 || (glyph.character >= 0x2500 && glyph.character <= 0x28ff);
        styled_ = true;
        style_ = glyph.style;
        column_ = column + 1;
        row_ = row;
    }
    std::string take() { return std::move(out_); }

private:
    Colors colors_;
    Theme theme_;
    std::string out_;
    bool known_ = false, styled_ = false;
    size_t column_ = 0, row_ = 0;
    Style style_;
};

}  // namespace

std::string_view theme_name(Theme theme) { return kThemes.at(static_cast<size_t>(theme)); }

std::optional<Theme> theme_from_name(std::string_view name) {
    const auto at = std::find(kThemes.begin(), kThemes.end(), name);
    if (at == kThemes.end()) return std::nullopt;
    return static_cast<Theme>(at - kThemes.begin());
}

Theme next_theme(Theme theme) { return static_cast<Theme>((static_cast<size_t>(theme) + 1) % kThemes.size()); }

std::string repaint(const Canvas* before, const Canvas& now, Colors colors, Theme theme) {
    const Size size = now.size();
    const bool all = before == nullptr || before->size() != size;
    Painter painter(colors, theme);
    for (size_t row = 0; row < size.rows; ++row) {
        for (size_t column = 0; column < size.columns; ++column) {
            const Glyph& glyph = now.at(column, row);
            if (glyph.covered) continue;
            const bool wide = column + 1 < size.columns && now.at(column + 1, row).covered;
            const bool same = !all && before->at(column, row) == glyph &&
                              (column + 1 >= size.columns || before->at(column + 1, row).covered == wide);
            const bool blank_on_clear = all && glyph == Glyph{};
            if (!same && !blank_on_clear) painter.put(column, row, glyph);
        }
    }
    std::string cells = painter.take();
    if (cells.empty() && !all) return "";
    return "\x1b[?2026h" + std::string(all ? "\x1b[0m\x1b[2J" : "") + cells + "\x1b[0m\x1b[?2026l";
}

}  // namespace ttmem::tui
