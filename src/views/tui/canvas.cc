#include "src/views/tui/canvas.h"

#include <locale.h>
#include <clocale>
#include <cwchar>

#include <algorithm>

#include "src/base/graphic.h"

namespace ttmem::tui {
namespace {

// The widths of the C library, whatever the locale of the process: those that terminals are built with.
locale_t widths() {
    static const locale_t kLocale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
    return kLocale;
}

size_t width_in_c_library(char32_t character) {
    if (widths() == static_cast<locale_t>(nullptr)) return 0;
    const locale_t before = ::uselocale(widths());
    const int width = ::wcwidth(static_cast<wchar_t>(character));
    ::uselocale(before);
    return width == 1 || width == 2 ? static_cast<size_t>(width) : 0;
}

// What is drawn by ttmem itself, and one column wide in every terminal: lines, blocks, braille, a few signs.
bool is_mark(char32_t character) {
    return (character >= 0x2500 && character <= 0x25ff) || (character >= 0x2800 && character <= 0x28ff) ||
           character == 0x2717 || character == 0x2190 || character == 0x2192 || character == 0x2026;
}

// The first character of `utf8`, which loses it. What is not valid is U+FFFD, a byte at a time.
char32_t take(std::string_view& utf8) {
    const auto first = static_cast<unsigned char>(utf8.front());
    const size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    char32_t character = length == 1 ? first : first & (0xffu >> (length + 1));
    bool valid = length != 0 && length <= utf8.size() && first <= 0xf4;
    for (size_t i = 1; valid && i < length; ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        valid = (byte & 0xc0) == 0x80;
        character = character << 6 | (byte & 0x3f);
    }
    utf8.remove_prefix(valid ? length : 1);
    return valid ? character : U'\xfffd';
}

// What stands for a character in a cell.
char32_t shown(char32_t character) { return columns_of(character) == 0 ? U'?' : character; }

}  // namespace

size_t columns_of(char32_t character) {
    if (character >= 0x20 && character < 0x7f) return 1;
    if (character < 0xa0 || character > 0x10ffff || !is_graphic(character)) return 0;
    return is_mark(character) ? 1 : width_in_c_library(character);
}

size_t columns_of(std::string_view utf8) {
    size_t columns = 0;
    while (!utf8.empty()) columns += columns_of(shown(take(utf8)));
    return columns;
}

std::string fitted(std::string_view utf8, size_t columns) {
    if (columns_of(utf8) <= columns) return std::string(utf8);
    std::u32string all;
    while (!utf8.empty()) all += shown(take(utf8));
    const size_t dots = columns >= 5 ? 3 : columns >= 2 ? 1 : 0;
    const size_t tail_room = columns < 8 ? 0 : (columns - dots) / 2, head_room = columns - dots - tail_room;
    std::string head, tail;
    size_t taken = 0;
    for (const char32_t character : all) {
        if ((taken += columns_of(character)) > head_room) break;
        append_utf8(head, character);
    }
    taken = 0;
    size_t from = all.size();
    while (from > 0 && (taken += columns_of(all[from - 1])) <= tail_room) --from;
    for (; from < all.size(); ++from) append_utf8(tail, all[from]);
    return head + std::string(dots, '.') + tail;
}

void append_utf8(std::string& out, char32_t c) {
    const auto add = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        add(c);
    } else if (c < 0x800) {
        add(0xc0 | c >> 6), add(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        add(0xe0 | c >> 12), add(0x80 | (c >> 6 & 0x3f)), add(0x80 | (c & 0x3f));
    } else {
        add(0xf0 | c >> 18), add(0x80 | (c >> 12 & 0x3f)), add(0x80 | (c >> 6 & 0x3f)), add(0x80 | (c & 0x3f));
    }
}

// A half of a wide character that loses its other half becomes a blank.
void Canvas::set(size_t column, size_t row, char32_t character, Style style, size_t width) {
    if (glyph(column, row).covered && column > 0) glyph(column - 1, row).character = U' ';
    const size_t after = column + width;
    if (after < size_.columns && glyph(after, row).covered) glyph(after, row) = {U' ', glyph(after, row).style, false};
    glyph(column, row) = {character, style, false};
    if (width == 2) glyph(column + 1, row) = {U' ', style, true};
}

size_t Canvas::write(size_t column, size_t row, std::string_view utf8, Style style, size_t end) {
    end = std::min(end, size_.columns);
    if (row >= size_.rows) return column;
    while (!utf8.empty() && column < end) {
        const char32_t character = shown(take(utf8));
        const size_t width = columns_of(character);
        if (column + width > end) break;
        set(column, row, character, style, width);
        column += width;
    }
    return column;
}

void Canvas::restyle(size_t row, Style style, size_t column, size_t end) {
    if (row >= size_.rows) return;
    for (; column < std::min(end, size_.columns); ++column) glyph(column, row).style = style;
}

std::string Canvas::text() const {
    std::string text;
    for (size_t row = 0; row < size_.rows; ++row) {
        std::string line;
        for (size_t column = 0; column < size_.columns; ++column) {
            if (!at(column, row).covered) append_utf8(line, at(column, row).character);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace ttmem::tui
