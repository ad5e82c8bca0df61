// What a view has to say, before it has a place: a sentence, a picture, a table, words below it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/views/text/look.h"
#include "src/views/tui/canvas.h"
#include "src/views/tui/state.h"
#include "src/views/values/top.h"

namespace ttmem::tui {

struct Column {
    std::string title;
    bool right = false;
    bool may_shorten = false;   // where the terminal is narrow
    bool only_if_used = false;  // left out where the cells in sight are all empty
    int spare = 0;              // where that does not suffice, the column with the highest goes first; 0 never goes
    bool is_line = false;       // of a program: its number stays (views/text/table.h)
};

struct Text {
    std::string text;
    Style style = {};
    Text(std::string words, Style how = {}) : text(std::move(words)), style(how) {}
    Text(const char* words) : text(words) {}
};

// Rows are made when they are shown: there may be a million.
struct TableContent {
    std::vector<Column> columns;
    size_t rows = 0;
    std::function<std::vector<Text>(size_t)> row;
    std::function<uint64_t(size_t)> key;                     // what a row is about, whatever its place; never 0
    std::function<std::vector<std::string>(size_t)> detail;  // lines; wrapped where they are shown
    std::string heading;                                     // above the titles; "" none
    std::string none;                                        // instead of the table, where it has no rows
    std::vector<std::string> sorts, groups;                  // their names, for the line of what is chosen
};

// A picture: draws itself between two lines of the canvas.
struct Picture {
    size_t least_rows = 0, most_rows = 0;  // what it needs, and what it can use
    std::function<void(Canvas&, size_t first_row, size_t rows)> draw;
};

struct Content {
    std::string verdict;
    Ink verdict_ink = Ink::kPlain;
    Picture picture;
    bool has_table = true;
    TableContent table;
    std::vector<Text> below;  // lines under the table: sums, what was not judged
};

Content overview(const TopValues& values, const State& state, Size size);
Content buffers(const TopValues& values, const State& state);
Content programs(const TopValues& values, const State& state);
Content timeline(const TopValues& values, const State& state, Size size);
Content leaks(const TopValues& values, const State& state);
Content failures(const TopValues& values, const State& state);
Content l1(const TopValues& values, const State& state);

// Bytes as this terminal is to show them.
Look look_of(const State& state);

Ink ink_of(AllocationClass allocation_class);

// Whether a row with these words is let through by the filter: as it was typed, but for its case.
bool lets_through(const std::string& filter, const std::vector<std::string>& words);

}  // namespace ttmem::tui
