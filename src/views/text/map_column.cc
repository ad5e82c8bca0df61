#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "src/analysis/failures/failure_explanation_holders.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/text/map_parts.h"
#include "src/views/text/table.h"

namespace ttmem {
namespace {

constexpr size_t kBarWidth = 10;

// What lies from one address to another.
struct Stretch {
    uint64_t begin = 0, end = 0;
    std::string what, whose, age;
    bool is_free = false;
    Tone tone = Tone::kPlain;
    std::string line = {}, caller = {};
};

class Stretches {
public:
    Stretches(const MapValues& values, uint64_t whole, bool ascii, const Look& look)
        : values_(values), whole_(whole), ascii_(ascii), look_(look) {
        is_of_one_process_ = values.snapshot.processes.size() == 1;
    }

    void add(Stretch stretch) { list_.push_back(std::move(stretch)); }
    void add_free(uint64_t begin, uint64_t end, std::string what, std::string whose = "", Tone tone = Tone::kDim) {
        if (end > begin) add({begin, end, std::move(what), std::move(whose), "", true, tone});
    }
    void add_block(const MapBlock& block, Tone tone = Tone::kPlain) {
        const Snapshot& s = values_.snapshot;
        const Allocation& a = s.allocations[block.allocation];
        std::string whose = printable(owner_text(s, a.process, a.op, a.tag, a.allocation_class));
        // Whose process it is goes without saying where there is one.
        if (is_of_one_process_) whose.erase(whose.rfind(", "));
        if (block.in_part) whose += ", in a part of the banks";
        add({block.begin, block.end, std::string(class_name(a.allocation_class)), std::move(whose),
             a.since != 0 ? age_text(s.generated_at, a.since) : "-", false, tone, line_of(s, a.stack),
             caller_of(s, a.stack)});
    }
    // Blocks with the holes between them. Beyond the limit the lowest and the largest, and what lies between two of
    // them as one line. `clash`: what begins below is taken twice.
    void add_bank(const BankMap& map, uint64_t from, uint64_t to, uint64_t clash) {
        const std::vector<bool> shown = shown_of(map.blocks);
        uint64_t end = from, folded_from = from, folded = 0, free = 0;
        const auto add_folded = [&] {
            if (folded == 0) return;
            add({folded_from, end, "...",
                 counted(folded, "block") + " more" + (free == 0 ? "" : ", " + look_.bytes(free) + " of holes"), "",
                 false, Tone::kDim});
            folded = free = 0;
        };
        for (size_t i = 0; i < map.blocks.size(); ++i) {
            const MapBlock& block = map.blocks[i];
            if (shown[i]) {
                add_folded();
                add_free(end, block.begin, "hole");
                add_block(block, block.begin < clash ? Tone::kBad : Tone::kPlain);
            } else {
                if (folded++ == 0) folded_from = end;
                free += block.begin - std::min(block.begin, end);
            }
            end = std::max(end, block.end);
        }
        add_folded();
        add_free(end, to, "hole");
    }

    std::string render() const {
        Table table({{"ADDRESS", Align::kRight},
                     {"BYTES", Align::kRight},
                     {.title = "", .spare = 2},
                     {"WHAT"},
                     {.title = "WHOSE", .may_shorten = true},
                     {.title = "LINE", .only_if_used = true, .may_shorten = true, .spare = 3, .is_line = true},
                     {.title = "CALLED AT", .only_if_used = true, .may_shorten = true, .spare = 4, .is_line = true},
                     {.title = "AGE", .align = Align::kRight, .only_if_used = true, .spare = 1}});
        for (const Stretch& s : list_) {
            table.add({Cell(with_commas(s.begin), s.tone), Cell(look_.bytes(s.end - s.begin), s.tone), bar(s),
                       Cell(s.what, s.tone), Cell(s.whose, s.tone), name_cell(s.line), name_cell(s.caller), s.age});
        }
        return table.render(look_);
    }

private:
    std::vector<bool> shown_of(const std::vector<MapBlock>& blocks) const {
        std::vector<bool> shown(blocks.size(), values_.limit == 0 || blocks.size() <= values_.limit);
        if (shown.empty() || shown.front()) return shown;
        std::vector<size_t> largest(blocks.size() - 1);
        std::iota(largest.begin(), largest.end(), size_t{1});
        std::ranges::stable_sort(largest, std::greater{}, [&](size_t i) { return blocks[i].bytes(); });
        shown.front() = true;
        for (size_t i = 0; i + 1 < values_.limit; ++i) shown[largest[i]] = true;
        return shown;
    }

    std::string bar(const Stretch& s) const {
        const auto share =
            static_cast<long double>(s.end - s.begin) / static_cast<long double>(std::max<uint64_t>(1, whole_));
        const auto length = std::clamp<size_t>(static_cast<size_t>(share * kBarWidth + 0.5L), 1, kBarWidth);
        std::string text;
        for (size_t i = 0; i < length; ++i) text += s.is_free ? (ascii_ ? "." : "░") : (ascii_ ? "#" : "█");
        return text;
    }

    const MapValues& values_;
    const uint64_t whole_;
    const bool ascii_;
    const Look& look_;
    bool is_of_one_process_ = false;
    std::vector<Stretch> list_;
};

std::string_view cb_title(CbKind kind) {
    return kind == CbKind::kDataflow ? "DFB" : kind == CbKind::kScratchpad ? "scratchpad" : "CB";
}

void add_circular_buffers(const Snapshot& s, const L1Map& map, const CoreMap& core, Stretches& column) {
    uint64_t end = map.base;
    for (const CoreCb& cb : circular_buffers_on(s, map, core)) {
        const Program& program = s.programs[map.plans[*core.plan].program];
        const CircularBuffer& buffer = cbs_of(s, map.plans[*core.plan]).plan.buffers[cb.buffer];
        column.add_free(end, cb.begin, "unused");
        column.add({cb.begin, cb.end, fmt::format("{} {}", cb_title(buffer.kind), buffer.index),
                    program.name.empty() ? "a program without a name" : printable(program.name), "", false,
                    cb.end > map.floor() ? Tone::kBad : Tone::kGood});
        end = std::max(end, cb.end);
    }
}

}  // namespace

std::string core_column_text(const MapValues& values, const L1Map& map, const CoreMap& core, const MapClash* clash,
                             bool ascii, const Look& look) {
    const uint64_t reach = clash != nullptr ? clash->end : core.reach;
    const uint64_t small_end = map.small ? map.top + map.small->banks.bytes_per_bank : map.top;
    const uint64_t end = std::max(map.core_end.value_or(0), small_end);
    Stretches column(values, end, ascii, look);
    column.add({0, map.base, "reserved", "firmware and kernels", "", false, Tone::kDim});
    if (clash != nullptr) {
        const std::string op = printable(values.snapshot.texts[clash->op]);
        column.add({map.base, map.floor(), "CBs", (op.empty() ? "a program" : op) + ", which did not fit", "", false,
                    Tone::kBad});
    } else {
        add_circular_buffers(values.snapshot, map, core, column);
    }
    column.add_free(reach, map.floor(), "gap", core.plan ? "circular buffers may grow" : "circular buffers may take it",
                    Tone::kBold);
    if (map.overlap(reach) != 0) column.add({map.floor(), reach, "clash", "taken twice", "", false, Tone::kBad});
    column.add_bank(map.buffers, map.floor(), map.top, reach);
    if (map.small) {
        if (map.small->blocks.empty()) {
            column.add_free(map.top, small_end, "L1_SMALL", "free");
        } else {
            column.add_bank(*map.small, map.top, small_end, 0);
        }
    }
    if (end > small_end) column.add({small_end, end, "reserved", "above the allocator", "", false, Tone::kDim});
    return column.render();
}

std::string bank_column_text(const MapValues& values, const BankMap& map, bool ascii, const Look& look) {
    Stretches column(values, map.banks.bytes_per_bank, ascii, look);
    const uint64_t lowest = map.blocks.empty() ? 0 : map.blocks.front().begin;
    const uint64_t from = map.begin ? map.begin->high : lowest;
    const uint64_t to = map.begin ? map.begin->low + map.banks.bytes_per_bank : map.end_of_blocks;
    column.add_bank(map, std::min(from, lowest), std::max(to, map.end_of_blocks), 0);
    const uint64_t elsewhere = map.begin ? map.begin->high - map.begin->low : 0;
    if (elsewhere == 0) return column.render();
    return column.render() + wrapped(look.bytes(elsewhere) +
                                         " more of each bank are free, below the first block or above the last: where "
                                         "the bank begins is not known.\n",
                                     look);
}

}  // namespace ttmem
