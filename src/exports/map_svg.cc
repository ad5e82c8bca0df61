#include "src/exports/map_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "src/analysis/failure_explanation_holders.h"
#include "src/analysis/floor_holders.h"
#include "src/base/text.h"
#include "src/exports/svg_canvas.h"

namespace ttmem {
namespace {

constexpr double kMapWidth = 960, kMargin = 24;
constexpr double kGridWidth = 400, kMostCell = 62;
constexpr double kColumnLeft = 470, kColumnWidth = 78, kColumnHeight = 560, kLabelLeft = 586, kLabelStep = 17;
constexpr size_t kMostLabels = 28, kMostBankMarks = 1500;

// How a block is painted: as its class, or as one of another meaning.
std::string mark_of(const Allocation& a) {
    if (a.holder_ended || a.leaked) return "leaked";
    return a.persistent ? "persistent" : std::string(class_name(a.allocation_class));
}

// Whose it is; of one process that goes without saying.
std::string owner_words(const Snapshot& s, const Allocation& a) {
    std::string words = owner_text(s, a.process, a.op, a.tag, a.allocation_class);
    if (s.processes.size() == 1) words.erase(words.rfind(", "));
    return words;
}

std::string block_title(const Snapshot& s, const MapBlock& block) {
    return fmt::format("{} at {}: {}", owner_words(s, s.allocations[block.allocation]), with_commas(block.begin),
                       bytes_text(block.bytes()));
}

// Names beside a column, moved apart so that each can be read; a thin line leads from the place to the name.
struct Label {
    double at = 0;  // where it belongs
    std::string words;
    const char* style = "ink";
    uint64_t weight = 0;  // the heaviest stay where there are too many
};

class MapPicture {
public:
    MapPicture(const Snapshot& snapshot, const ChipMap& map, const MapWords& words)
        : s_(snapshot), map_(map), words_(words) {}

    std::string draw(std::optional<size_t> core) {
        double y = 28;
        for (const std::string& line : svg_lines(words_.verdict, 112, 3)) {
            canvas_.text(kMargin, y, line, "head");
            y += 20;
        }
        for (const std::string& line : svg_lines(words_.title, 130, 2)) {
            canvas_.text(kMargin, y, line, "faint");
            y += 16;
        }
        y += 6;
        double lower = y;
        if (map_.l1) {
            const std::optional<size_t> shown = core ? core : map_.l1->worst;
            const double grid_end = draw_grid(y, shown);
            lower = std::max(grid_end, shown ? draw_core(y, map_.l1->cores[*shown]) : y);
            lower = std::max(lower, draw_floor_holders(grid_end + 26));
        }
        for (const BankMap& bank : map_.banks) {
            if (bank.pool == Pool::kDram || !bank.blocks.empty()) lower = draw_bank(lower + 16, bank);
        }
        draw_legend(kMargin, lower += 18);
        lower += 20;
        if (!words_.note.empty()) {
            for (const std::string& line : svg_lines(words_.note, 140, 3)) {
                canvas_.text(kMargin, lower, line, "bad");
                lower += 16;
            }
        }
        return canvas_.document(
            lower + 8, words_.title,
            words_.verdict + (words_.note.empty() ? "" : " " + words_.note) +
                " Left the cores, with circular buffers from below and L1 buffers from above; right "
                "one core; below the banks of DRAM.");
    }

private:
    uint64_t core_end() const {
        const L1Map& l1 = *map_.l1;
        const uint64_t small = l1.small ? l1.top + l1.small->banks.bytes_per_bank : l1.top;
        return std::max(l1.core_end.value_or(0), small);
    }
    void use(const std::string& mark) {
        if (std::find(used_.begin(), used_.end(), mark) == used_.end()) used_.push_back(mark);
    }

    // Each core's share from the base to the top: circular buffers below, buffers above, the gap between them.
    double draw_grid(double top, std::optional<size_t> shown) {
        const L1Map& l1 = *map_.l1;
        canvas_.text(kMargin, top + 10, "The cores, from the allocator's base below to its top; the gap is white",
                     "ink");
        uint32_t columns = 1, rows = 1;
        for (const CoreMap& core : l1.cores) {
            columns = std::max<uint32_t>(columns, core.x + 1u), rows = std::max<uint32_t>(rows, core.y + 1u);
        }
        const double cell = std::min(kMostCell, kGridWidth / columns);
        const double left = kMargin + 18, upper = top + 36;
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
    static std::vector<std::pair<uint64_t, uint64_t>> runs_of(const BankMap& map) {
        std::vector<std::pair<uint64_t, uint64_t>> runs;
        const uint64_t fine = map.banks.bytes_per_bank / 60;
        for (const MapBlock& block : map.blocks) {
            if (!runs.empty() && block.begin <= runs.back().second + fine) {
                runs.back().second = std::max(runs.back().second, block.end);
            } else {
                runs.emplace_back(block.begin, block.end);
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
        for (const auto& [from, to] : runs_) {
            const double upper = y + size - height(to - std::min(to, l1.base));
            canvas_.rect(x, upper, size, std::max(0.6, height(to - from)), "tensor");
        }
        const double cbs = height(core.reach - std::min(core.reach, l1.base));
        if (cbs > 0) canvas_.rect(x, y + size - cbs, size, cbs, "cb");
        const double floor = y + size - height(l1.floor() - std::min(l1.floor(), l1.base));
        if (l1.overlap(core.reach) != 0) canvas_.line(x, floor, x + size, floor, "badline");
        use("cb");
        use("tensor");
    }

    // The core as a column, low addresses below, everything in it with its name.
    double draw_core(double top, const CoreMap& core) {
        const L1Map& l1 = *map_.l1;
        canvas_.text(kColumnLeft, top + 10, fmt::format("Core ({},{}), bytes of the core", core.x, core.y), "ink");
        const double upper = top + 24, lower = upper + kColumnHeight;
        const double end = static_cast<double>(std::max<uint64_t>(1, core_end()));
        const auto y_of = [&](uint64_t address) {
            return lower - kColumnHeight * std::min(1.0, static_cast<double>(address) / end);
        };
        canvas_.rect(kColumnLeft, upper, kColumnWidth, kColumnHeight, "cell");
        std::vector<Label> labels;
        const auto add = [&](uint64_t from, uint64_t to, const std::string& mark, std::string words, const char* style,
                             uint64_t weight) {
            const double y = y_of(to), height = std::max(1.2, y_of(from) - y);
            if (!mark.empty()) canvas_.rect(kColumnLeft, y, kColumnWidth, height, mark, words);
            if (!mark.empty()) use(mark);
            labels.push_back({y + height / 2, std::move(words), style, weight});
        };
        constexpr uint64_t kAlways = UINT64_MAX;
        add(0, l1.base, "runtime", "reserved: firmware and kernels, " + human_bytes(l1.base), "faint", kAlways);
        for (const CoreCb& cb : circular_buffers_on(s_, l1, core)) {
            const CircularBuffer& buffer = cbs_of(s_, l1.plans[*core.plan]).plan.buffers[cb.buffer];
            add(cb.begin, cb.end, "cb",
                fmt::format("{} {}: {}", kind_words(buffer.kind), buffer.index, human_bytes(buffer.bytes)), "ink",
                buffer.bytes);
        }
        if (core.plan) {
            const std::string& name = s_.programs[l1.plans[*core.plan].program].name;
            labels.push_back(
                {y_of(core.reach),
                 fmt::format("{} reaches to {}", name.empty() ? "the program" : name, with_commas(core.reach)),
                 "strong", kAlways});
        }
        add_gap(l1, core, y_of, labels);
        if (words_.clash_end && l1.overlap(*words_.clash_end) != 0)
            add_clash(l1.floor(), *words_.clash_end, y_of, labels);
        add_buffers(l1, add);
        if (l1.overlap(core.reach) != 0) {  // both are to be seen
            for (const CoreCb& cb : circular_buffers_on(s_, l1, core)) {
                const double y = y_of(cb.end);
                canvas_.rect(kColumnLeft, y, kColumnWidth / 2, std::max(1.2, y_of(cb.begin) - y), "cb");
            }
        }
        if (l1.small) {
            canvas_.line(kColumnLeft, y_of(l1.top), kColumnLeft + kColumnWidth, y_of(l1.top), "limit");
            for (const MapBlock& block : l1.small->blocks) {
                const Allocation& a = s_.allocations[block.allocation];
                add(block.begin, block.end, mark_of(a), "L1_SMALL: " + block_title(s_, block), "ink", block.bytes());
            }
            if (l1.small->blocks.empty())
                labels.push_back({y_of(l1.top), "L1_SMALL: " + human_bytes(l1.small->banks.bytes_per_bank) + " free",
                                  "faint", kAlways});
        }
        draw_labels(std::move(labels), upper, lower);
        return lower;
    }
    static std::string_view kind_words(CbKind kind) {
        return kind == CbKind::kDataflow ? "DFB" : kind == CbKind::kScratchpad ? "scratchpad" : "CB";
    }
    template <class Height>
    void add_gap(const L1Map& l1, const CoreMap& core, const Height& y_of, std::vector<Label>& labels) {
        const uint64_t overlap = l1.overlap(core.reach);
        const double from = y_of(std::max(core.reach, l1.floor())), to = y_of(std::min(core.reach, l1.floor()));
        if (overlap != 0) {
            canvas_.rect(kColumnLeft - 5, from, kColumnWidth + 10, std::max(1.5, to - from), "clash",
                         "taken twice: " + bytes_text(overlap));
            labels.push_back({(from + to) / 2, "taken twice: " + bytes_text(overlap), "bad", UINT64_MAX});
            return;
        }
        labels.push_back({(from + to) / 2, "gap: " + bytes_text(l1.gap(core.reach)), "strong", UINT64_MAX});
        canvas_.line(kColumnLeft - 8, from, kColumnLeft - 8, to, "badline");
    }
    // What did not fit: it is not there, so it is drawn beside what is.
    template <class Height>
    void add_clash(uint64_t floor, uint64_t end, const Height& y_of, std::vector<Label>& labels) {
        const double left = kColumnLeft - 20, upper = y_of(end), lower = y_of(floor);
        canvas_.rect(left, upper, 8, std::max(1.5, y_of(map_.l1->base) - upper), "cb");
        canvas_.rect(left, upper, 8, std::max(1.5, lower - upper), "clash", "lacking: " + bytes_text(end - floor));
        canvas_.line(left, upper, kColumnLeft + kColumnWidth, upper, "badline");
        labels.push_back(
            {upper, fmt::format("did not fit: circular buffers up to {}", with_commas(end)), "bad", UINT64_MAX});
        labels.push_back({(upper + lower) / 2, "lacking: " + bytes_text(end - floor), "bad", UINT64_MAX});
        use("cb");
    }
    // The lowest buffer always has its name: it is what circular buffers meet.
    template <class Add>
    void add_buffers(const L1Map& l1, const Add& add) {
        for (size_t i = 0; i < l1.buffers.blocks.size(); ++i) {
            const MapBlock& block = l1.buffers.blocks[i];
            add(block.begin, block.end, mark_of(s_.allocations[block.allocation]), block_title(s_, block),
                i == 0 ? "strong" : "ink", i == 0 ? UINT64_MAX : block.bytes());
        }
    }
    void draw_labels(std::vector<Label> labels, double upper, double lower) {
        size_t left_out = 0;
        if (labels.size() > kMostLabels) {
            std::vector<uint64_t> weights;
            for (const Label& label : labels) weights.push_back(label.weight);
            std::nth_element(weights.begin(), weights.begin() + kMostLabels - 1, weights.end(), std::greater());
            const uint64_t least = weights[kMostLabels - 1];
            const size_t before = labels.size();
            std::erase_if(labels, [&](const Label& label) { return label.weight < least; });
            std::stable_sort(labels.begin(), labels.end(),
                             [](const auto& a, const auto& b) { return a.weight > b.weight; });
            labels.resize(std::min(labels.size(), kMostLabels));
            left_out = before - labels.size();
        }
        std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.at < b.at; });
        std::vector<double> at;
        for (const Label& label : labels)
            at.push_back(at.empty() ? std::max(upper + 4, label.at) : std::max(at.back() + kLabelStep, label.at));
        for (size_t i = at.size(); i-- > 0;) {
            const double most = i + 1 == at.size() ? lower : at[i + 1] - kLabelStep;
            at[i] = std::min(at[i], most);
        }
        for (size_t i = 0; i < labels.size(); ++i) {
            canvas_.line(kColumnLeft + kColumnWidth + 2, labels[i].at, kLabelLeft - 14, at[i], "grid");
            canvas_.line(kLabelLeft - 14, at[i], kLabelLeft - 5, at[i], "grid");
            canvas_.text(kLabelLeft, at[i] + 4, shortened_label(labels[i].words), labels[i].style);
        }
        if (left_out != 0)
            canvas_.text(kMapWidth - kMargin, upper - 14, counted(left_out, "smaller one") + " without a name", "faint",
                         "end");
    }
    static std::string shortened_label(const std::string& words) {
        constexpr size_t kMost = 52;
        if (words.size() <= kMost) return words;
        return words.substr(0, kMost / 2 - 2) + "..." + words.substr(words.size() - kMost / 2 + 1);
    }

    // A bank from its lowest address at the left to its highest: every bank is taken alike.
    double draw_bank(double top, const BankMap& bank) {
        const double left = kMargin, width = kMapWidth - 2 * kMargin, height = 34, upper = top + 24;
        std::string words =
            fmt::format("{}, each of {}: {} of {} free", pool_name(bank.pool), counted(bank.banks.banks, "bank"),
                        human_bytes(bank.free_bytes()), human_bytes(bank.banks.bytes_per_bank));
        if (bank.largest_free) {
            words += bank.largest_free->exact() ? ", " : ", at least ";
            words += human_bytes(bank.largest_free->low) + " in one piece";
        }
        // Where it makes a difference that anybody can see.
        const bool is_split = bank.splitter && bank.largest_free &&
                              human_bytes(bank.splitter->would_be) != human_bytes(bank.largest_free->low);
        if (is_split) words += ", " + human_bytes(bank.splitter->would_be) + " without the block that splits it";
        canvas_.text(left, top + 14, words, "ink");
        canvas_.rect(left, upper, width, height, "cell");
        const uint64_t begin = bank.begin ? bank.begin->low : bank.blocks.empty() ? 0 : bank.blocks.front().begin;
        const double whole = static_cast<double>(std::max<uint64_t>(1, bank.banks.bytes_per_bank));
        const auto x_of = [&](uint64_t address) {
            return left + width * std::min(1.0, static_cast<double>(address - std::min(address, begin)) / whole);
        };
        const size_t step = bank.blocks.size() / kMostBankMarks + 1;  // more would be no picture
        for (size_t i = 0; i < bank.blocks.size(); i += step) {
            const MapBlock& block = bank.blocks[i];
            const std::string mark = mark_of(s_.allocations[block.allocation]);
            canvas_.rect(x_of(block.begin), upper, std::max(0.8, x_of(block.end) - x_of(block.begin)), height, mark,
                         block_title(s_, block));
            use(mark);
        }
        double end = upper + height + 16;
        if (is_split) {
            const MapBlock& block = bank.blocks[bank.splitter->block];
            const double x = (x_of(block.begin) + x_of(block.end)) / 2;
            canvas_.line(x, upper - 4, x, upper + height + 6, "badline");
            canvas_.text(x, end + 2, shortened_label(block_title(s_, block)), "strong",
                         x < kMapWidth / 3       ? "start"
                         : x > kMapWidth * 2 / 3 ? "end"
                                                 : "middle");
            end += 16;
        }
        if (step > 1) {
            canvas_.text(left, end,
                         fmt::format("One in {} of {} is drawn.", step, counted(bank.blocks.size(), "block")), "faint");
            end += 16;
        }
        return end;
    }

    double draw_floor_holders(double y) {
        const FloorHolders floor = floor_holders_of(s_, *map_.l1);
        const uint64_t reach = map_.l1->worst ? map_.l1->cores[*map_.l1->worst].reach : map_.l1->base;
        if (floor.holders.empty() || (floor.stranded_bytes == 0 && map_.l1->gap(reach) > floor.limit_bytes)) return y;
        const std::string words =
            fmt::format("Floor holders: {} of {} keep circular buffers below {}; {} above them are stranded.",
                        counted(floor.holders.size(), "small buffer"), human_bytes(floor.bytes),
                        with_commas(floor.floor), human_bytes(floor.stranded_bytes));
        for (const std::string& line : svg_lines(words, 58, 3)) {
            canvas_.text(kMargin, y, line, "strong");
            y += 16;
        }
        for (size_t i = 0; i < std::min<size_t>(4, floor.owners.size()); ++i) {
            const FloorOwner& owner = floor.owners[i];
            Allocation of;
            of.process = owner.process, of.op = owner.op, of.tag = owner.tag;
            of.allocation_class = owner.allocation_class;
            canvas_.text(kMargin, y,
                         shortened_label(fmt::format("{}: {}, {}, {} stranded", owner_words(s_, of), owner.holders,
                                                     human_bytes(owner.bytes), human_bytes(owner.stranded_bytes))),
                         "ink");
            y += 16;
        }
        return y;
    }

    void draw_legend(double x, double y) {
        for (const std::string& mark : used_) {
            const std::string words = mark == "cb"        ? "circular buffers"
                                      : mark == "runtime" ? "reserved, runtime"
                                                          : mark;
            canvas_.rect(x, y - 10, 20, 12, mark);
            canvas_.text(x + 25, y, words, "ink");
            x += 25 + static_cast<double>(words.size()) * 6.6 + 16;
        }
    }

    const Snapshot& s_;
    const ChipMap& map_;
    const MapWords& words_;
    SvgCanvas canvas_{kMapWidth};
    std::vector<std::string> used_;
    std::vector<std::pair<uint64_t, uint64_t>> runs_;  // of L1 buffers
};

}  // namespace

std::string map_svg(const Snapshot& snapshot, const ChipMap& map, const MapWords& words, std::optional<size_t> core) {
    return MapPicture(snapshot, map, words).draw(core);
}

}  // namespace ttmem
