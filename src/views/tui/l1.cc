// The L1 of each core: how full, where circular buffers and buffers come closest, and one core in full.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "src/analysis/map/map.h"
#include "src/base/text.h"
#include "src/views/text/map.h"
#include "src/views/text/map_parts.h"
#include "src/views/text/untracked.h"
#include "src/views/tui/chips.h"
#include "src/views/tui/content.h"
#include "src/views/tui/symbols.h"

namespace ttmem::tui {
namespace {

// Cores on which the same program reaches equally far.
struct AlikeCores {
    std::vector<size_t> cores;  // into L1Map::cores
};

struct L1 {
    const Snapshot& snapshot;
    Look look;
    ChartForm form;
    std::vector<ChipMap> maps;
    size_t chosen = 0;  // into maps; one with l1
    std::vector<AlikeCores> rows = {};

    const L1Map& map() const { return *maps[chosen].l1; }
    const CoreMap& first_core(size_t row) const { return map().cores[rows[row].cores.front()]; }
};

// The map of the chip that `d` has chosen, else the tightest.
std::optional<size_t> chosen_map(const std::vector<ChipMap>& maps, const TopValues& values, const State& state) {
    const std::vector<ChipUse> chosen = chosen_chips(values.snapshot, state);
    for (size_t i = 0; i < maps.size(); ++i) {
        const std::vector<ChipId>& chips = maps[i].chips;
        const bool fits =
            state.chip == 0 || (!chosen.empty() && std::ranges::find(chips, chosen.front().chip.id) != chips.end());
        if (maps[i].l1 && fits) return i;
    }
    return std::nullopt;
}

const Program* program_on(const L1& of, const CoreMap& core) {
    return core.plan ? &of.snapshot.programs[of.map().plans[*core.plan].program] : nullptr;
}

void group_cores(L1& of, const State& state) {
    std::map<std::pair<std::optional<size_t>, uint64_t>, AlikeCores> groups;
    const std::vector<CoreMap>& cores = of.map().cores;
    for (size_t i = 0; i < cores.size(); ++i) {
        const Program* program = program_on(of, cores[i]);
        const std::string name = program != nullptr ? program->name : "no program";
        if (lets_through(state.filter, {name, fmt::format("({},{})", cores[i].x, cores[i].y)}))
            groups[{cores[i].plan, cores[i].reach}].cores.push_back(i);
    }
    for (auto& [key, group] : groups) of.rows.push_back(std::move(group));
    std::ranges::stable_sort(of.rows, [&](const AlikeCores& a, const AlikeCores& b) {
        return cores[a.cores.front()].reach > cores[b.cores.front()].reach;
    });
    if (state.here().reversed) std::ranges::reverse(of.rows);
}

std::vector<Text> row_of(const L1& of, size_t row) {
    const CoreMap& core = of.first_core(row);
    const Program* program = program_on(of, core);
    const uint64_t overlap = of.map().overlap(core.reach);
    return {fmt::format("({},{})", core.x, core.y),
            with_commas(of.rows[row].cores.size()),
            program == nullptr      ? "no program"
            : program->name.empty() ? "(no name)"
                                    : name_cell(program->name, 40),
            Text(of.look.bytes(core.cb_bytes), {.ink = Ink::kBuffers}),
            with_commas(core.reach),
            overlap != 0 ? Text("clash: " + of.look.bytes(overlap), {.ink = Ink::kBad, .bold = true})
                         : Text(of.look.bytes(of.map().gap(core.reach)))};
}

MapValues values_of(const L1& of, size_t limit) { return {.snapshot = of.snapshot, .maps = {}, .limit = limit}; }

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

// One core from its lowest address to its highest.
std::vector<std::string> column_of(const L1& of, size_t row, size_t limit, size_t width) {
    Look look = of.look;
    look.width = width;
    return split(core_column_text(values_of(of, limit), of.map(), of.first_core(row), nullptr,
                                  of.form == ChartForm::kAscii, look));
}

// Each core as how full it is; those of the selected row reversed. Returns its columns.
size_t draw_grid(Canvas& canvas, const L1& of, size_t selected, size_t first_row, size_t rows) {
    const L1Map& map = of.map();
    const uint64_t small = map.small ? map.small->used_bytes : 0;
    const uint64_t room = map.top - std::min(map.top, map.base) + (map.small ? map.small->banks.bytes_per_bank : 0);
    size_t width = 0;
    for (size_t i = 0; i < map.cores.size(); ++i) {
        const CoreMap& core = map.cores[i];
        width = std::max<size_t>(width, 2 * core.x + 2u);
        if (core.y >= rows) continue;
        const bool clash = map.overlap(core.reach) != 0;
        const std::optional<double> share = share_of(core.cb_bytes + map.buffers.used_bytes + small, room);
        const bool is_selected =
            selected < of.rows.size() && std::ranges::find(of.rows[selected].cores, i) != of.rows[selected].cores.end();
        const Ink ink = clash ? Ink::kBad : core.plan ? Ink::kBuffers : ink_of_share(share);
        canvas.write(2 * size_t{core.x}, first_row + core.y, level(share, of.form),
                     {.ink = ink, .bold = clash, .reverse = is_selected});
    }
    return width;
}

void draw_cores(Canvas& canvas, const L1& of, size_t selected, size_t first_row, size_t rows) {
    const size_t grid = draw_grid(canvas, of, selected, first_row, rows);
    const size_t left = grid + 2, columns = canvas.size().columns;
    if (of.rows.empty() || left + 40 > columns || rows < 3) return;
    const std::vector<std::string> lines =
        column_of(of, std::min(selected, of.rows.size() - 1), std::max<size_t>(rows, 7) - 6, columns - left);
    for (size_t i = 0; i < std::min(rows, lines.size()); ++i)
        canvas.write(left, first_row + i, lines[i], {.ink = i == 0 ? Ink::kDim : Ink::kPlain});
}

size_t grid_rows(const L1Map& map) {
    size_t rows = 0;
    for (const CoreMap& core : map.cores) rows = std::max<size_t>(rows, core.y + 1u);
    return rows;
}

}  // namespace

Content l1(const TopValues& values, const State& state) {
    constexpr size_t kLinesOfColumn = 16;
    Content content;
    const Snapshot& s = values.layout != nullptr ? *values.layout : values.snapshot;
    if (values.layout == nullptr && !(values.has_allocations && values.has_programs)) {
        content.verdict = "Where things lay at this moment was not read.";
        content.table.none = "Go back to now (n).";
        return content;
    }
    L1 found{s, look_of(state), state.form, maps_of(s)};
    const std::optional<size_t> chosen = chosen_map(found.maps, values, state);
    if (!chosen) {
        content.verdict = "Nothing tells how the L1 of these chips is laid out.";
        content.table.none =
            s.processes.empty() ? nothing_words("Nothing is tracked.", s.coverage) : "No place is open on them.";
        return content;
    }
    found.chosen = *chosen;
    const auto of = std::make_shared<L1>(std::move(found));
    group_cores(*of, state);
    content.verdict = map_verdict({.snapshot = s, .maps = {}}, of->maps[of->chosen], of->look);
    const L1Map& map = of->map();
    if (map.worst && map.overlap(map.cores[*map.worst].reach) != 0) content.verdict_ink = Ink::kBad;
    const size_t selected = state.here().selected;
    content.picture.least_rows = grid_rows(map);
    content.picture.most_rows = std::max(grid_rows(map), kLinesOfColumn);
    content.picture.draw = [of, selected](Canvas& canvas, size_t first_row, size_t rows) {
        draw_cores(canvas, *of, selected, first_row, rows);
    };
    TableContent& table = content.table;
    table.columns = {{.title = "CORE"},
                     {.title = "ALIKE", .right = true},
                     {.title = "PROGRAM", .may_shorten = true},
                     {.title = "CIRCULAR BUFFERS", .right = true, .spare = 1},
                     {.title = "REACH TO", .right = true, .spare = 2},
                     {.title = "GAP", .right = true}};
    table.rows = of->rows.size();
    table.row = [of](size_t i) { return row_of(*of, i); };
    table.key = [of](size_t i) { return uint64_t{of->rows[i].cores.front()} + 1; };
    table.detail = [of](size_t i) {
        std::vector<std::string> lines = column_of(*of, i, 0, 0);
        lines.insert(lines.begin(), fmt::format("Core ({},{}), from its lowest address to its highest",
                                                of->first_core(i).x, of->first_core(i).y));
        return lines;
    };
    table.sorts = {"the narrowest gap"};
    table.none = "No core fits.";
    return content;
}

}  // namespace ttmem::tui
