#include "src/exports/map_svg.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/map/floor_holders.h"
#include "src/base/text.h"
#include "src/exports/map_bank.h"
#include "src/exports/map_core.h"
#include "src/exports/svg_words.h"

namespace ttmem {
namespace {

constexpr double kGridWidth = 360, kMostCell = 45, kLeftWidth = 380;
constexpr size_t kCbColumns = 3;
constexpr double kTextWidth = kMapWidth - 2 * kMapMargin;

class MapPicture {
public:
    MapPicture(const Snapshot& snapshot, const ChipMap& map, const MapWords& words)
        : marks_(snapshot), canvas_(marks_.canvas), s_(snapshot), map_(map), words_(words) {}

    std::string draw(std::optional<size_t> core) {
        double y = lines(28, words_.verdict, kTextWidth, 5, "head", 20);
        y = lines(y, words_.title, kTextWidth, 3, "faint", 16) + 6;
        double lower = y;
        if (shows_l1()) {
            const std::optional<size_t> shown = core ? core : map_.l1->worst;
            lower = draw_grid(y, shown);
            if (shown) {
                const CoreColumn column = draw_core_column(marks_, *map_.l1, map_.l1->cores[*shown],
                                                           {words_.clash_end, asked_of(Pool::kL1)}, y);
                double left = draw_floor_holders(lower + 26);
                if (column.folds_cbs) left = draw_cb_list(left, map_.l1->cores[*shown]);
                lower = std::max(column.end, left);
            }
        }
        for (const BankMap& bank : map_.banks) {
            if (bank.pool == Pool::kDram || !bank.blocks.empty())
                lower = draw_bank_bar(marks_, bank, asked_of(bank.pool), lower + 16);
        }
        lower = marks_.draw_legend(lower + 26) + 20;
        if (!words_.note.empty()) lower = lines(lower, words_.note, kTextWidth, 4, "bad", 16);
        return canvas_.document(
            lower + 8, words_.title,
            words_.verdict + (words_.note.empty() ? "" : " " + words_.note) +
                (shows_l1() ? " Left the cores, with circular buffers from below and L1 buffers from above; right "
                              "one core; below the banks of DRAM."
                            : " A bank, low addresses left."));
    }

private:
    // Not where DRAM had no room: that has nothing to do with it.
    bool shows_l1() const {
        return map_.l1 &&
               !(words_.shortage && (words_.shortage->pool == Pool::kDram || words_.shortage->pool == Pool::kTrace));
    }
    std::optional<uint64_t> asked_of(Pool pool) const {
        if (!words_.shortage || words_.shortage->pool != pool) return std::nullopt;
        return words_.shortage->bytes_per_bank;
    }
    // Returns the y of what comes next.
    double lines(double y, const std::string& words, double width, size_t most, const char* style, double step) {
        for (const std::string& line : svg_lines(words, width, most, style)) {
            canvas_.text(kMapMargin, y, line, style);
            y += step;
        }
        return y;
    }

    // Each core's share from the base to the top: circular buffers below, buffers above, the gap between them.
    double draw_grid(double top, std::optional<size_t> shown) {
        const L1Map& l1 = *map_.l1;
        canvas_.text(kMapMargin, top + 10, "L1 of each core, low addresses below; empty is free.", "ink");
        if (shown) canvas_.text(kMapMargin, top + 25, "The outlined core is drawn at the right.", "faint");
        uint32_t columns = 1, rows = 1;
        for (const CoreMap& core : l1.cores) {
            columns = std::max<uint32_t>(columns, core.x + 1u), rows = std::max<uint32_t>(rows, core.y + 1u);
        }
        const double cell = std::min(kMostCell, kGridWidth / columns);
        const double left = kMapMargin + 18, upper = top + 50;
        runs_ = runs_of(l1.buffers);
        for (uint32_t x = 0; x < columns; ++x)
            canvas_.text(left + cell * (x + 0.5), upper - 6, std::to_string(x), "faint", "middle");
        for (uint32_t y = 0; y < rows; ++y)
            canvas_.text(left - 6, upper + cell * (y + 0.5) + 4, std::to_string(y), "faint", "end");
        for (const CoreMap& core : l1.cores) draw_cell(l1, core, left + cell * core.x, upper + cell * core.y, cell - 3);
        if (shown) {
            const CoreMap& core = l1.cores[*shown];
            canvas_.rect(left + cell * core.x - 1.5, upper + cell * core.y - 1.5, cell, cell, "shown");
        }
        return upper + cell * rows;
    }
    // What lies together, coarse enough for a cell.
    struct Run {
        uint64_t begin, end;
        std::string mark;
    };
    std::vector<Run> runs_of(const BankMap& map) const {
        std::vector<Run> runs;
        const uint64_t fine = map.banks.bytes_per_bank / 60;
        for (const MapBlock& block : map.blocks) {
            std::string mark = MapMarks::mark_of(s_.allocations[block.allocation]);
            const bool is_like =
                !runs.empty() && (runs.back().mark == mark || runs.back().end - runs.back().begin < fine);
            if (is_like && block.begin <= runs.back().end + fine) {
                if (block.bytes() >= fine) runs.back().mark = std::move(mark);
                runs.back().end = std::max(runs.back().end, block.end);
            } else {
                runs.push_back({block.begin, block.end, std::move(mark)});
            }
        }
        return runs;
    }
    void draw_cell(const L1Map& l1, const CoreMap& core, double x, double y, double size) {
        const double whole = static_cast<double>(std::max<uint64_t>(1, l1.top - l1.base));
        const auto height = [&](uint64_t bytes) {
            return std::min(size, bytes == 0 ? 0 : std::max(1.0, size * static_cast<double>(bytes) / whole));
        };
        canvas_.rect(x, y, size, size, "cell",
                     fmt::format("core ({},{}): circular buffers to {}, L1 buffers from {}, gap {}", core.x, core.y,
                                 with_commas(core.reach), with_commas(l1.floor()), bytes_text(l1.gap(core.reach))));
        for (const auto& [from, to, mark] : runs_) {
            const double upper = y + size - height(to - std::min(to, l1.base));
            canvas_.rect(x, upper, size, std::max(0.6, height(to - from)), mark);
            marks_.use(mark);
        }
        const double cbs = height(core.reach - std::min(core.reach, l1.base));
        if (cbs > 0) {
            canvas_.rect(x, y + size - cbs, size, cbs, "cb");
            marks_.use("cb");
        }
        const double floor = y + size - height(l1.floor() - std::min(l1.floor(), l1.base));
        if (l1.overlap(core.reach) != 0) canvas_.line(x, floor, x + size, floor, "badline");
    }

    double draw_floor_holders(double y) {
        const FloorHolders floor = floor_holders_of(s_, *map_.l1);
        const uint64_t reach = map_.l1->worst ? map_.l1->cores[*map_.l1->worst].reach : map_.l1->base;
        if (floor.holders.empty() || (floor.stranded_bytes == 0 && map_.l1->gap(reach) > floor.limit_bytes)) return y;
        const std::string words =
            fmt::format("Floor holders: {} of {} keep circular buffers below {}; {} above them are stranded.",
                        counted(floor.holders.size(), "small buffer"), human_bytes(floor.bytes),
                        with_commas(floor.floor), human_bytes(floor.stranded_bytes));
        y = lines(y, words, kLeftWidth, 4, "strong", 16);
        for (size_t i = 0; i < std::min<size_t>(4, floor.owners.size()); ++i) {
            const FloorOwner& owner = floor.owners[i];
            Allocation of;
            of.process = owner.process, of.op = owner.op, of.tag = owner.tag;
            of.allocation_class = owner.allocation_class;
            y = lines(y,
                      fmt::format("{}: {}, {}, {} stranded", marks_.owner_of(of), owner.holders,
                                  human_bytes(owner.bytes), human_bytes(owner.stranded_bytes)),
                      kLeftWidth, 2, "ink", 16);
        }
        return y + 10;
    }
    // Those that have no name of their own beside the column.
    double draw_cb_list(double y, const CoreMap& core) {
        const PlannedCbs& plan = map_.l1->plans[*core.plan];
        const std::string& name = s_.programs[plan.program].name;
        y = lines(y, fmt::format("Circular buffers of {} there, lowest first:", name.empty() ? "the program" : name),
                  kLeftWidth, 2, "strong", 16);
        size_t number = 0;
        for (const CoreCb& cb : circular_buffers_on(s_, *map_.l1, core)) {
            const CircularBuffer& buffer = cbs_of(s_, plan).plan.buffers[cb.buffer];
            const double column = kLeftWidth / kCbColumns * static_cast<double>(number % kCbColumns);
            if (number != 0 && number % kCbColumns == 0) y += 16;
            canvas_.text(kMapMargin + column, y, cb_name(buffer) + ": " + human_bytes(cb.end - cb.begin), "ink");
            ++number;
        }
        return y + 16;
    }

    MapMarks marks_;
    SvgCanvas& canvas_;
    const Snapshot& s_;
    const ChipMap& map_;
    const MapWords& words_;
    std::vector<Run> runs_;  // of L1 buffers
};

}  // namespace

std::string map_svg(const Snapshot& snapshot, const ChipMap& map, const MapWords& words, std::optional<size_t> core) {
    return MapPicture(snapshot, map, words).draw(core);
}

}  // namespace ttmem
