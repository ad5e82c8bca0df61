#include "src/views/tui/state.h"

#include <algorithm>

#include "src/views/tui/canvas.h"

namespace ttmem::tui {
namespace {

constexpr std::array<std::string_view, kViewCount> kViewNames = {"overview", "buffers",  "programs", "timeline",
                                                                 "leaks",    "failures", "l1"};
constexpr char32_t kCtrlC = 3, kCtrlL = 12;
constexpr size_t kManySteps = 10;
constexpr size_t kLongestFilter = 60;

size_t moved(size_t from, long by, size_t count) {
    if (count == 0) return 0;
    const long to = static_cast<long>(std::min(from, count - 1)) + by;
    return static_cast<size_t>(std::clamp<long>(to, 0, static_cast<long>(count) - 1));
}

void select(State& state, size_t row) {
    ViewState& here = state.here();
    if (here.selected != row) here.key = 0;
    here.selected = row;
}

void go(State& state, View view) {
    state.view = view;
    state.detail = state.help = false;
}

void turn(State& state, long by) {
    const auto views = static_cast<long>(kViewCount);
    go(state, static_cast<View>((static_cast<long>(state.view) + by + views) % views));
}

// Whoever reads should not have it move: a step is also a pause.
void step(State& state, const Shown& shown, long by) {
    state.moment = moved(shown.moment, by, shown.moments);
    state.paused = true;
}

void type(State& state, const Key& key) {
    switch (key.kind) {
        case KeyKind::kEnter:
            state.typing = false;
            break;
        case KeyKind::kEscape:
            state.typing = false;
            state.filter.clear();
            break;
        case KeyKind::kBackspace:
            while (!state.filter.empty() && (static_cast<unsigned char>(state.filter.back()) & 0xc0) == 0x80)
                state.filter.pop_back();
            if (!state.filter.empty()) state.filter.pop_back();
            break;
        case KeyKind::kCharacter:
            if (key.character == 0x15) state.filter.clear();  // Ctrl+U
            if (columns_of(key.character) != 0 && state.filter.size() < kLongestFilter)
                append_utf8(state.filter, key.character);
            break;
        default:
            break;
    }
    state.here().selected = state.here().first = 0;
    state.here().key = 0;
}

void back_out(State& state) {
    if (state.help) {
        state.help = false;
    } else if (state.detail) {
        state.detail = false;
    } else if (!state.filter.empty()) {
        state.filter.clear();
    } else {
        state.paused = false;
        state.moment.reset();
    }
}

void next_sort(State& state, const Shown& shown) {
    ViewState& here = state.here();
    here.reversed = !here.reversed;
    if (!here.reversed) here.sort = (here.sort + 1) % std::max<size_t>(1, shown.sorts);
}

void next_pool(State& state) {
    if (!state.pool) {
        state.pool = kAllPools.front();
        return;
    }
    const auto at = std::find(kAllPools.begin(), kAllPools.end(), *state.pool);
    state.pool = at + 1 == kAllPools.end() ? std::nullopt : std::optional(*(at + 1));
}

void pause(State& state, const Shown& shown) {
    state.paused = !state.paused;
    state.moment = state.paused ? std::optional(shown.moment) : std::nullopt;
}

Wish press_character(State& state, char32_t character, const Shown& shown) {
    if (character >= U'1' && character < U'1' + kViewCount) {
        go(state, static_cast<View>(character - U'1'));
        return Wish::kNone;
    }
    switch (character) {
        case U'q':
        case kCtrlC:
            return Wish::kQuit;
        case kCtrlL:
            return Wish::kRepaint;
        case U'?':
        case U'h':
            state.help = !state.help;
            state.here().scroll = 0;
            break;
        case U'/':
            state.typing = true;
            state.help = state.detail = false;
            break;
        case U's':
            next_sort(state, shown);
            break;
        case U'g':
            state.here().group = (state.here().group + 1) % std::max<size_t>(1, shown.groups);
            state.here().selected = state.here().first = 0;
            state.here().key = 0;
            break;
        case U'd':
            state.chip = (state.chip + 1) % (shown.chips + 1);
            break;
        case U'p':
            next_pool(state);
            break;
        case U'u':
        case U'b':
            state.exact_bytes = !state.exact_bytes;
            break;
        case U' ':
            pause(state, shown);
            break;
        case U'[':
            step(state, shown, -1);
            break;
        case U']':
            step(state, shown, 1);
            break;
        case U'{':
            step(state, shown, -static_cast<long>(kManySteps));
            break;
        case U'}':
            step(state, shown, static_cast<long>(kManySteps));
            break;
        case U'P':
            if (shown.peak_moment) {
                state.moment = shown.peak_moment;
                state.paused = true;
            }
            break;
        case U'n':
            state.paused = false;
            state.moment.reset();
            break;
        case U'x':
            go(state, View::kFailures);
            break;
        case U't':
            state.theme = next_theme(state.theme);
            state.said = "theme " + std::string(theme_name(state.theme));
            return Wish::kRepaint;
        case U'w':
            return Wish::kSave;
        default:
            break;
    }
    return Wish::kNone;
}

// Up and down: rows of a table, or lines of a text.
void move(State& state, long by, const Shown& shown) {
    ViewState& here = state.here();
    if (state.help || state.detail) {
        here.scroll = moved(here.scroll, by, shown.lines > shown.page ? shown.lines - shown.page + 1 : 1);
    } else {
        select(state, moved(here.selected, by, shown.rows));
    }
}

void click(State& state, const Key& key, const Shown& shown) {
    if (key.row == shown.tabs_row) {
        for (size_t i = 0; i < kViewCount; ++i) {
            if (key.column < shown.tab_ends[i]) return go(state, static_cast<View>(i));
        }
        return;
    }
    if (state.help || state.detail || shown.table_row == 0 || key.row < shown.table_row) return;
    const size_t row = state.here().first + key.row - shown.table_row;
    if (key.row - shown.table_row >= shown.page || row >= shown.rows) return;
    if (state.here().selected == row) {
        state.detail = true;
        state.here().scroll = 0;
    }
    select(state, row);
}

void open_detail(State& state, const Shown& shown) {
    if (state.help) {
        state.help = false;
    } else if (shown.rows != 0) {
        state.detail = !state.detail;
        state.here().scroll = 0;
    }
}

}  // namespace

std::string_view view_name(View view) { return kViewNames.at(static_cast<size_t>(view)); }

std::optional<View> view_from_name(std::string_view name) {
    const auto at = std::find(kViewNames.begin(), kViewNames.end(), name);
    if (at == kViewNames.end()) return std::nullopt;
    return static_cast<View>(at - kViewNames.begin());
}

Wish press(State& state, const Key& key, const Shown& shown) {
    state.said.clear();
    const bool interrupts = key.kind == KeyKind::kCharacter && (key.character == kCtrlC || key.character == kCtrlL);
    if (state.typing && !interrupts) {
        type(state, key);
        return Wish::kNone;
    }
    const long page = static_cast<long>(std::max<size_t>(1, shown.page));
    const long all = static_cast<long>(std::max(shown.rows, shown.lines));
    switch (key.kind) {
        case KeyKind::kCharacter:
            if (key.character == U'j') move(state, 1, shown);
            if (key.character == U'k') move(state, -1, shown);
            return press_character(state, key.character, shown);
        case KeyKind::kEscape:
            back_out(state);
            break;
        case KeyKind::kEnter:
            open_detail(state, shown);
            break;
        case KeyKind::kTab:
            turn(state, 1);
            break;
        case KeyKind::kBackTab:
            turn(state, -1);
            break;
        case KeyKind::kUp:
            move(state, -1, shown);
            break;
        case KeyKind::kDown:
            move(state, 1, shown);
            break;
        case KeyKind::kLeft:
            step(state, shown, -1);
            break;
        case KeyKind::kRight:
            step(state, shown, 1);
            break;
        case KeyKind::kHome:
            move(state, -all, shown);
            break;
        case KeyKind::kEnd:
            move(state, all, shown);
            break;
        case KeyKind::kPageUp:
            move(state, -page, shown);
            break;
        case KeyKind::kPageDown:
            move(state, page, shown);
            break;
        case KeyKind::kFunction:
            if (key.character == 1) return press_character(state, U'?', shown);
            if (key.character == 6) return press_character(state, U's', shown);
            if (key.character == 10) return Wish::kQuit;
            break;
        case KeyKind::kClick:
            click(state, key, shown);
            break;
        case KeyKind::kWheelUp:
            move(state, -3, shown);
            break;
        case KeyKind::kWheelDown:
            move(state, 3, shown);
            break;
        case KeyKind::kBackspace:
        case KeyKind::kUnknown:
            break;
    }
    return Wish::kNone;
}

}  // namespace ttmem::tui
