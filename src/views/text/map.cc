#include "src/views/text/map.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/failures/failure_explanation_holders.h"
#include "src/analysis/failures/last_failure.h"
#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/map_parts.h"
#include "src/views/text/moment_line.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kMostPrograms = 5, kMostOwners = 8, kMostGroups = 12;

// "chip 3", "each of chips 0-7"
std::string mapped_chips(const MapValues& values, const ChipMap& map, std::string_view each = "each of ") {
    std::vector<ChipUse> known;  // of ended processes, too: at a moment of the past they lived
    for (const Process& process : values.snapshot.processes)
        known.insert(known.end(), process.chips.begin(), process.chips.end());
    const std::string list = ChipNames(std::span<const ChipUse>(known)).list(map.chips);
    return map.chips.size() == 1 ? "chip " + list : fmt::format("{}chips {}", each, list);
}

std::string block_owner(const Snapshot& s, const MapBlock& block) {
    const Allocation& a = s.allocations[block.allocation];
    const std::string line = line_of(s, a.stack), caller = caller_of(s, a.stack);
    std::string owner = owner_text(s, a.process, a.op, a.tag, a.allocation_class);
    if (!line.empty() && s.processes.size() == 1) owner.erase(owner.rfind(", "));  // the line tells enough
    return printable(owner + (line.empty() ? "" : " at " + line) + (caller.empty() ? "" : ", called at " + caller));
}

std::string program_words(const Snapshot& s, const PlannedCbs& plan) {
    const std::string& name = s.programs[plan.program].name;
    return name.empty() ? "a program without a name" : "`" + printable(name) + "`";
}

// "the buffer at 4,256 of semaphores of all_gather, llama (100)", "the top of L1".
std::string floor_words(const Snapshot& s, const L1Map& map) {
    if (map.buffers.blocks.empty()) return fmt::format("the top of L1 at {}", with_commas(map.top));
    return fmt::format("the L1 buffer at {} ({})", with_commas(map.floor()),
                       block_owner(s, map.buffers.blocks.front()));
}

std::string l1_verdict(const MapValues& values, const ChipMap& chips, const CoreMap& core, const Look& look) {
    const Snapshot& s = values.snapshot;
    const L1Map& map = *chips.l1;
    const std::string bound = map.floor_is_bound() || map.plans_unknown ? "about " : "";
    const std::string where = mapped_chips(values, chips);
    if (!core.plan) {
        const bool on_others = !map.plans.empty();
        return fmt::format("No known program has circular buffers on {}{}: {}{} of {} are left for them, up to {}.",
                           on_others ? fmt::format("core ({},{}) of ", core.x, core.y) : "", where, bound,
                           look.bytes(map.gap(core.reach)), on_others ? "it" : "each core", floor_words(s, map));
    }
    const std::string program = program_words(s, map.plans[*core.plan]);
    if (map.overlap(core.reach) != 0) {
        return fmt::format(
            "{} does not fit any more on core ({},{}) of {}: its circular buffers reach to {}, {} beyond {}.", program,
            core.x, core.y, where, with_commas(core.reach), look.bytes(map.overlap(core.reach)), floor_words(s, map));
    }
    return fmt::format(
        "The circular buffers of core ({},{}) of {} may grow by {}{} until they meet {}: {} reaches to {}.", core.x,
        core.y, where, bound, look.bytes(map.gap(core.reach)), floor_words(s, map), program, with_commas(core.reach));
}

// What the picture is about: a program did not fit at just this moment, on which cores is not recorded.
const MapClash* shown_clash(const MapValues& values, const ChipMap& map) {
    const bool is_asked = values.clash && !values.core && !values.bank;
    return is_asked && values.clash->beyond(values.snapshot, map) != 0 ? &*values.clash : nullptr;
}

// Of that program.
std::string clash_verdict(const MapValues& values, const ChipMap& chips, const Look& look) {
    const Snapshot& s = values.snapshot;
    const std::string& op = s.texts[values.clash->op];
    return fmt::format("A program{} did not fit on {}: its circular buffers were to reach to {}, {} beyond {}.",
                       op.empty() ? "" : " of `" + printable(op) + "`", mapped_chips(values, chips),
                       with_commas(values.clash->end), look.bytes(values.clash->beyond(s, chips)),
                       floor_words(s, *chips.l1));
}

// Likewise of a buffer, in its allocator's own figures.
std::string failure_verdict(const MapValues& values, const ChipMap& chips, const Look& look) {
    const Failure& failure = *values.failure;
    const std::string& op = values.snapshot.texts[failure.op];
    std::string text = fmt::format("An allocation{}{} did not fit in {} of {}",
                                   failure.requested_bytes ? " of " + look.bytes(*failure.requested_bytes) : "",
                                   op.empty() ? "" : " by `" + printable(op) + "`", pool_name(failure.pool),
                                   mapped_chips(values, chips));
    if (!failure.bytes_per_bank || !failure.free_per_bank) return text + ".";
    text += fmt::format(": it needed {} in each bank, where {} of {} were free", look.bytes(*failure.bytes_per_bank),
                        look.bytes(*failure.free_per_bank), look.bytes(failure.bank_bytes));
    if (failure.largest_free_per_bank)
        text += fmt::format(", {} of them in one piece", look.bytes(*failure.largest_free_per_bank));
    return text + ".";
}

bool is_about_failure(const MapValues& values, const ChipMap& map) {
    if (values.failure == nullptr || values.core || !is_on(*values.failure, values.snapshot, map.chips)) return false;
    return !values.bank || values.failure->pool == Pool::kDram;
}

std::string next_line(const MapValues& values, const Look& look) {
    if (values.next.empty()) return "";
    const bool hides_l1 = values.bank && !values.maps.empty() && values.maps.front().l1;
    return wrapped("Next: `" + printable(values.next) + "` tells why, and who held what." +
                       (hides_l1 ? " `--core 0,0` shows a core of L1." : "") + "\n",
                   look);
}

std::string bank_verdict(const MapValues& values, const ChipMap& chips, const BankMap& map, const Look& look) {
    std::string text = fmt::format("{} of {}: {} of {} are free in each of {}", pool_name(map.pool),
                                   mapped_chips(values, chips), look.bytes(map.free_bytes()),
                                   look.bytes(map.banks.bytes_per_bank), counted(map.banks.banks, "bank"));
    if (map.largest_free) text += fmt::format(", {} of it in one piece", look.bytes(map.largest_free));
    const bool tells = map.splitter && look.bytes(map.splitter->would_be) != look.bytes(map.largest_free);
    if (!tells) return text + ".";
    const MapBlock& block = map.blocks[map.splitter->block];
    return text + fmt::format(". {} at {} splits it: {} would be in one piece without its {}.",
                              block_owner(values.snapshot, block), with_commas(block.begin),
                              look.bytes(map.splitter->would_be), look.bytes(block.bytes()));
}

// How full a core is: circular buffers of the program that reaches furthest, and buffers.
uint64_t used_of(const L1Map& map, const CoreMap& core) {
    const uint64_t small = map.small ? map.small->used_bytes : 0;
    return core.cb_bytes + map.buffers.used_bytes + small;
}
uint64_t room_of(const L1Map& map) {
    return map.buffers.banks.bytes_per_bank + (map.small ? map.small->banks.bytes_per_bank : 0);
}

std::string core_grid(const L1Map& map, const Look& look) {
    if (map.cores.empty()) return "";
    uint32_t columns = 0;
    for (const CoreMap& core : map.cores) columns = std::max<uint32_t>(columns, core.x + 1u);
    const uint64_t reach = map.worst ? map.cores[*map.worst].reach : 0;
    const auto narrow =
        std::count_if(map.cores.begin(), map.cores.end(), [&](const CoreMap& c) { return c.plan && c.reach == reach; });
    std::string text = fmt::format("Used of each core, percent; * narrowest gap{} (x across, y down):\n    ",
                                   narrow > 1 ? fmt::format(", first of {}", narrow) : "");
    for (uint32_t x = 0; x < columns; ++x) text += fmt::format("{:>4} ", x);
    text.erase(text.find_last_not_of(' ') + 1);
    uint32_t row = UINT32_MAX, next = 0;
    for (size_t i = 0; i < map.cores.size(); ++i) {
        const CoreMap& core = map.cores[i];
        if (core.y != row) {
            text += fmt::format("\n{:>4}", core.y);
            row = core.y, next = 0;
        }
        for (; next < core.x; ++next) text += "     ";
        const uint64_t percent = room_of(map) == 0 ? 0 : used_of(map, core) * 100 / room_of(map);
        const bool clash = map.overlap(core.reach) != 0;
        const Tone tone = clash ? Tone::kBad : percent >= 90 ? Tone::kWarning : core.plan ? Tone::kGood : Tone::kDim;
        const bool is_worst = core.plan && map.worst == i;
        text += look.paint(tone, fmt::format("{:>4}", percent)) + (is_worst ? "*" : " ");
        ++next;
    }
    text += "\n";
    for (size_t at = text.find(" \n"); at != std::string::npos; at = text.find(" \n")) text.erase(at, 1);
    return text;
}

std::string reaches_text(const MapValues& values, const L1Map& map, const Look& look) {
    const Snapshot& s = values.snapshot;
    if (map.plans.size() < 2) return "";
    Table table({{.title = "PROGRAM", .may_shorten = true},
                 {.title = "OP", .only_if_used = true, .may_shorten = true, .spare = 1},
                 {.title = "PLACE", .may_shorten = true, .spare = 2},
                 {"REACHES TO", Align::kRight},
                 {"MAY GROW BY", Align::kRight}});
    const size_t shown = std::min(map.plans.size(), values.limit == 0 ? map.plans.size() : kMostPrograms);
    for (size_t i = 0; i < shown; ++i) {
        const PlannedCbs& plan = map.plans[i];
        const Program& program = s.programs[plan.program];
        const uint64_t overlap = map.overlap(plan.reach);
        table.add({program.name.empty() ? "(no name)" : name_cell(program.name, 40),
                   program.op != 0 ? name_cell(s.texts[program.op]) : "",
                   name_cell(place_text(s.places[cbs_of(s, plan).place.value])),
                   plan.reach == 0 ? "all in tensors" : with_commas(plan.reach),
                   plan.replaced  ? Cell("replaced, lacks " + look.bytes(overlap), Tone::kDim)
                   : overlap != 0 ? Cell("does not fit: " + look.bytes(overlap), Tone::kBad)
                                  : Cell(look.bytes(map.gap(std::max(map.base, plan.reach))))});
    }
    std::string text = "\n" + table.render(look);
    if (shown < map.plans.size()) {
        const bool reach_less = !map.plans.back().replaced;  // which come last
        text += with_commas(map.plans.size() - shown) + (!reach_less                     ? " more.\n"
                                                         : map.plans.size() - shown == 1 ? " more reaches less far.\n"
                                                                                         : " more reach less far.\n");
    }
    if (!map.plans.back().replaced) return text;
    return text +
           wrapped(
               "Replaced: it did not fit any more when another program of its operation was compiled, which does; "
               "the old one is still cached.\n",
               look);
}

std::string owner_sentence(const FloorOwner& owner, const Snapshot& s, const Look& look) {
    std::string text =
        fmt::format("  {}: {}, {}, {} stranded",
                    printable(owner_text(s, owner.process, owner.op, owner.tag, owner.allocation_class)),
                    counted(owner.holders, "buffer"), look.bytes(owner.bytes), look.bytes(owner.stranded_bytes));
    if (owner.oldest != 0) text += fmt::format(", the oldest {} old", age_text(s.generated_at, owner.oldest));
    if (owner.iterations > 1) {
        const uint64_t grown = owner.holders - owner.outside_iterations;
        text += fmt::format(", made in {}: {:.1f} buffers in each", counted(owner.iterations, "iteration"),
                            static_cast<double>(grown) / static_cast<double>(owner.iterations));
    }
    return text + "\n";
}

std::string floor_holders_text(const MapValues& values, const L1Map& map, const Look& look) {
    const FloorHolders floor = floor_holders_of(values.snapshot, map);
    // Of no consequence where they strand nothing and there is much room below.
    const uint64_t reach = map.worst ? map.cores[*map.worst].reach : map.base;
    if (floor.holders.empty() || (floor.stranded_bytes == 0 && map.gap(reach) > floor.limit_bytes)) return "";
    std::string text = fmt::format(
        "\nFloor holders: {} of {} in all keep circular buffers below {}; without them they could reach {}: {} of each "
        "core are free above them and stranded.\n",
        counted(floor.holders.size(), "small buffer"), look.bytes(floor.bytes), with_commas(floor.floor),
        with_commas(floor.floor_without), look.bytes(floor.stranded_bytes));
    text = wrapped(text, look);
    const size_t shown = values.limit == 0 ? floor.owners.size() : std::min(kMostOwners, floor.owners.size());
    for (size_t i = 0; i < shown; ++i)
        text += wrapped(owner_sentence(floor.owners[i], values.snapshot, look), look, "    ");
    if (shown < floor.owners.size())
        text += fmt::format("  {} more owners.\n", with_commas(floor.owners.size() - shown));
    return text;
}

std::string map_doubts(const L1Map& map) {
    std::string text;
    if (map.floor_is_bound()) {
        text +=
            "The lowest L1 buffer is in a part of the banks, of an allocator of its own (a sub-device). Which cores "
            "have "
            "those is not recorded: on the others circular buffers may reach further.\n";
    }
    if (map.plans_unknown) {
        text += "Some programs have circular buffers that are not recorded: they may reach further than is shown.\n";
    }
    if (!map.cores_have_banks && !map.cores.empty()) {
        text += fmt::format(
            "There are {} banks of L1 and {} cores in the picture: which core has a bank is not recorded, "
            "and a core without one has no L1 buffers.\n",
            map.buffers.banks.banks, map.cores.size());
    }
    return text;
}

std::string l1_map_text(const MapValues& values, const ChipMap& chips, bool with_grid, bool ascii, const Look& look) {
    const L1Map& map = *chips.l1;
    const CoreMap* core = shown_core(values, map);
    std::string text;
    if (!values.core && with_grid) text += "\n" + core_grid(map, look);
    if (core != nullptr) {
        const MapClash* clash = shown_clash(values, chips);
        text += "\n" +
                wrapped(fmt::format("Core ({},{}) of {}{}, from its lowest address to its highest, bytes per core:\n",
                                    core->x, core->y, mapped_chips(values, chips),
                                    clash != nullptr ? " with the program that did not fit" : ""),
                        look) +
                core_column_text(values, map, *core, clash, ascii, look);
    }
    if (map.buffers.blocks.size() > 1) {
        text += "\n" + wrapped(bank_verdict(values, chips, map.buffers, look) + "\n", look);
    }
    return text + reaches_text(values, map, look) + floor_holders_text(values, map, look) +
           wrapped(map_doubts(map), look);
}

std::string map_groups(const MapValues& values, const Look& look) {
    if (values.maps.size() < 2) return "";
    Table table({{.title = "CHIPS", .may_shorten = true},
                 {"CORE"},
                 {"GAP", Align::kRight},
                 {.title = "UNTIL", .may_shorten = true},
                 {.title = "DRAM FREE", .align = Align::kRight, .spare = 1},
                 {"IN ONE PIECE", Align::kRight}});
    for (size_t i = 0; i < std::min(kMostGroups, values.maps.size()); ++i) {
        const ChipMap& map = values.maps[i];
        const CoreMap* core = map.l1 ? shown_core(values, *map.l1) : nullptr;
        const uint64_t overlap = core != nullptr ? map.l1->overlap(core->reach) : 0;
        const BankMap* dram = map.banks.empty() ? nullptr : &map.banks.front();
        table.add({mapped_chips(values, map, ""), core != nullptr ? fmt::format("({},{})", core->x, core->y) : "-",
                   core == nullptr ? Cell("-")
                   : overlap != 0  ? Cell("-" + look.bytes(overlap), Tone::kBad)
                                   : Cell(look.bytes(map.l1->gap(core->reach))),
                   map.l1
                       ? (map.l1->buffers.blocks.empty() ? "top of L1"
                                                         : block_owner(values.snapshot, map.l1->buffers.blocks.front()))
                       : "-",
                   dram != nullptr ? look.bytes(dram->free_bytes()) : "-",
                   dram != nullptr ? look.bytes(dram->largest_free) : "-"});
    }
    std::string text = "\n" + table.render(look);
    if (values.maps.size() > kMostGroups) {
        text += fmt::format("{} more groups of chips: --chip, --json\n", with_commas(values.maps.size() - kMostGroups));
    }
    return text;
}

std::string banks_of_map_text(const MapValues& values, const ChipMap& chips, bool ascii, const Look& look) {
    std::string text;
    for (const BankMap& map : chips.banks) {
        const bool is_said = values.bank && map.pool == Pool::kDram && !is_about_failure(values, chips);
        if (!is_said) text += "\n" + wrapped(bank_verdict(values, chips, map, look) + "\n", look);
        if (map.overlapping_blocks != 0) {
            text += wrapped(fmt::format("{} inside other ones: allocators of several users have the same addresses.\n",
                                        counted(map.overlapping_blocks, "block begins", "blocks begin")),
                            look);
        }
        if (!values.bank || map.pool != Pool::kDram) continue;
        text += wrapped(fmt::format(
                            "\nBank {} from its lowest address to its highest; every bank is taken alike, whether data "
                            "lies in it or not:\n",
                            *values.bank),
                        look) +
                bank_column_text(values, map, ascii, look);
    }
    return text;
}

}  // namespace

std::string map_verdict(const MapValues& values, const ChipMap& map, const Look& look) {
    const CoreMap* core = map.l1 ? shown_core(values, *map.l1) : nullptr;
    if (shown_clash(values, map) != nullptr) return clash_verdict(values, map, look);
    if (is_about_failure(values, map)) return failure_verdict(values, map, look);
    if (core != nullptr && !values.bank) return l1_verdict(values, map, *core, look);
    if (!map.banks.empty()) return bank_verdict(values, map, map.banks.front(), look);
    return fmt::format("Nothing tells how the memory of {} is laid out.", mapped_chips(values, map));
}

std::string map_picture(const MapValues& values, const ChipMap& map, bool core, bool ascii, const Look& look) {
    return core && map.l1 ? l1_map_text(values, map, false, ascii, look) : banks_of_map_text(values, map, ascii, look);
}

std::string map_text(const MapValues& values, bool ascii, const Look& look) {
    const Coverage& coverage = values.snapshot.coverage;
    if (values.snapshot.processes.empty()) return nothing_tracked_text(values.untracked, coverage, look, values.moment);
    const std::string other = values.other_moment.empty() ? "" : " " + values.other_moment;
    if (values.maps.empty()) {
        return wrapped(
                   "Nothing was in use" + moment_words(values.moment) + ": no process had a chip open." + other + "\n",
                   look) +
               coverage_lines(coverage, look);
    }
    const ChipMap& first = values.maps.front();
    std::string text = wrapped(look.paint(Tone::kBold, map_verdict(values, first, look)) + "\n", look);
    text += moment_line(values.moment, values.other_moment, look) + next_line(values, look);
    text += map_groups(values, look);
    if (first.l1 && !values.bank) text += l1_map_text(values, first, true, ascii, look);
    if (!values.core) text += banks_of_map_text(values, first, ascii, look);
    const std::string missing = coverage_lines(coverage, look);
    return text + (missing.empty() ? "" : "\n" + missing);
}

}  // namespace ttmem
