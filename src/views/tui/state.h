// What somebody has chosen to see, and how keys change it: without a terminal, without figures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/model/pool.h"
#include "src/views/text/chart.h"
#include "src/views/tui/keys.h"
#include "src/views/tui/paint.h"

namespace ttmem::tui {

enum class View : uint8_t { kOverview, kBuffers, kPrograms, kTimeline, kLeaks, kFailures, kL1 };
constexpr size_t kViewCount = 7;
std::string_view view_name(View view);  // "overview"
std::optional<View> view_from_name(std::string_view name);

// Of one view: they are left as they were when another one is looked at.
struct ViewState {
    size_t selected = 0;  // row of its table
    uint64_t key = 0;     // what that row is about; 0 not known: what is selected stays selected while rows move
    size_t first = 0;     // row that is shown at the top
    size_t sort = 0;      // number of the order, of those that the view has
    bool reversed = false;
    size_t group = 0;   // likewise, of its groupings
    size_t scroll = 0;  // lines of the detail above its first one
};

struct State {
    View view = View::kOverview;
    std::array<ViewState, kViewCount> views;
    bool help = false;
    bool detail = false;       // of the selected row
    bool typing = false;       // the filter
    std::string filter;        // of rows, in any view
    std::optional<Pool> pool;  // only of this one
    size_t chip = 0;           // 0 all; n the nth chip
    bool exact_bytes = false;
    bool paused = false;
    std::optional<size_t> moment;  // that was stepped to; none: the newest
    ChartForm form = ChartForm::kBraille;
    Theme theme = Theme::kDark;
    std::string said;  // an answer to the last key, until the next one; "" none

    ViewState& here() { return views.at(static_cast<size_t>(view)); }
    const ViewState& here() const { return views.at(static_cast<size_t>(view)); }
};

// What a key needs to know of what is on the screen.
struct Shown {
    size_t rows = 0;  // of the table
    size_t page = 1;  // rows that fit
    size_t sorts = 1, groups = 1, chips = 0;
    size_t lines = 0;  // of the detail or the help, where one is shown
    size_t moments = 1, moment = 0;
    std::optional<size_t> peak_moment;
    // For the mouse: the line of the tabs with where each ends, and the table's first line.
    size_t tabs_row = 1, table_row = 0;
    std::array<size_t, kViewCount> tab_ends{};
};

enum class Wish : uint8_t { kNone, kQuit, kRepaint, kSave };  // kRepaint: the whole screen, whatever was on it

// What a key means.
Wish press(State& state, const Key& key, const Shown& shown);

}  // namespace ttmem::tui
