#include "src/views/text/headroom.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/recorded.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

// In all banks: as it is asked for.
std::optional<Interval> in_all_banks(const PoolHeadroom& room, const std::optional<Interval>& per_bank) {
    if (!per_bank || !room.banks) return std::nullopt;
    return Interval{saturating_multiply(per_bank->low, room.banks->banks),
                    saturating_multiply(per_bank->high, room.banks->banks)};
}
std::optional<Interval> in_one_piece(const PoolHeadroom& room) { return in_all_banks(room, room.untouched_per_bank); }

// "3.1 GiB", "3.0 GiB..3.1 GiB", "<= 3.1 GiB" where nothing is certain.
std::string piece_figure(const std::optional<Interval>& piece, const Look& look) {
    const bool nothing_certain = piece && piece->low == 0 && piece->high != 0;
    return nothing_certain ? "<= " + look.bytes(piece->high) : look.bytes(piece);
}

uint64_t most(const PoolPeak& peak) { return std::max(peak.low, peak.earlier); }

bool is_of_circular_buffers(FailureKind kind) {
    return kind == FailureKind::kCbClash || kind == FailureKind::kCbOverflow;
}

// "An allocation of 1.00 MiB by `ttnn.add` failed. "; "" where nothing failed there.
std::string failed_begin(const HeadroomValues& values, const PoolHeadroom& room, const Look& look) {
    if (!room.failure) return "";
    return failed_words(values.recording, *room.failure, look) +
           (is_of_circular_buffers(room.failure->kind) ? ", so as it stood nothing more did. " : ". ");
}

std::string headroom_verdict(const HeadroomValues& values, const PoolHeadroom& room, const Look& look) {
    const PoolPeak& peak = room.peak;
    const std::string where = fmt::format("{} of {}{}", pool_name(peak.pool), peak.chips.size() == 1 ? "" : "each of ",
                                          chips_text(values.recording, peak.chips));
    const std::string failed = failed_begin(values, room, look);
    if (!room.headroom)
        return failed + fmt::format("What {} may still take is not known: nothing tells its capacity.", where);
    const std::string begin =
        room.failure && is_of_circular_buffers(room.failure->kind) ? failed + "By capacity alone, " : failed;
    std::string why = fmt::format("the peak was {} of {}", peak_figure(peak, look), look.bytes(peak.capacity_bytes));
    if (room.circular_buffers)
        why += fmt::format(", and circular buffers need {} beside it", piece_figure(room.circular_buffers, look));
    if (room.headroom->low == 0 && room.headroom->high != 0) {
        return begin + fmt::format("{} may take {} more at the most, and nothing is certain: {}.", where,
                                   look.bytes(room.headroom->high), why);
    }
    std::string text = begin + fmt::format("{} may take {} more for good", where, look.bytes(room.headroom));
    if (const auto piece = in_one_piece(room))
        text += fmt::format(", {} of it in one piece", piece_figure(piece, look));
    return text + ": " + why + ".";
}

std::string pools_table(const HeadroomValues& values, const Look& look) {
    Table table({{.title = "CHIPS", .may_shorten = true},
                 {"POOL"},
                 {.title = "CAPACITY", .align = Align::kRight, .spare = 2},
                 {"PEAK", Align::kRight},
                 {"HEADROOM", Align::kRight},
                 {"IN ONE PIECE", Align::kRight},
                 {.title = "FREE NOW", .align = Align::kRight, .only_if_used = true, .spare = 1},
                 {.title = "LARGEST NOW", .align = Align::kRight, .only_if_used = true, .spare = 3}});
    for (const PoolHeadroom& room : values.headroom.pools) {
        const bool tight = room.headroom && room.headroom->low < room.peak.capacity_bytes.value_or(0) / 10;
        table.add({chip_list(values.recording, room.peak.chips), std::string(pool_name(room.peak.pool)),
                   look.bytes(room.peak.capacity_bytes), peak_figure(room.peak, look),
                   Cell(piece_figure(room.headroom, look), tight ? Tone::kWarning : Tone::kPlain),
                   piece_figure(in_one_piece(room), look), room.now ? look.bytes(room.now->free) : "",
                   room.now ? piece_figure(in_all_banks(room, room.now->largest_free_per_bank), look) : ""});
    }
    return table.render(look);
}

// What a program needed that did not fit, and what of it L1 buffers had: beside what a bank has left it tells why.
void add_clash(const HeadroomValues& values, const PoolHeadroom& room, Table& table) {
    const Failure* failure = room.failure ? &*room.failure : nullptr;
    if (failure == nullptr || failure->kind != FailureKind::kCbClash) return;
    const std::optional<uint64_t>&end = failure->bytes_per_bank, &lowest = failure->bank_bytes;
    if (!end || !lowest || *end <= *lowest) return;
    const std::string banks = "x " + with_commas(room.banks->banks);
    const auto row = [&](const std::string& title, uint64_t bytes) {
        table.add({title, with_commas(bytes), banks, with_commas(saturating_multiply(bytes, room.banks->banks))});
    };
    const std::string& op = values.recording.end.texts[failure->op];
    const std::string whose = "circular buffers" + (op.empty() ? "" : " of `" + printable(op) + "`");
    if (room.cbs && room.cbs->begin < *end) row("  " + whose + " needed", *end - room.cbs->begin);
    row("  of which L1 buffers held", *end - *lowest);
}

// Each figure exactly, so that everyone can follow.
std::string arithmetic(const HeadroomValues& values, const PoolHeadroom& room) {
    const PoolPeak& peak = room.peak;
    if (!room.headroom || !room.banks) return "";
    Table table(
        {{.title = fmt::format("{} of {}, in bytes", pool_name(peak.pool), chips_text(values.recording, peak.chips)),
          .may_shorten = true},
         {"PER BANK", Align::kRight},
         {"BANKS", Align::kRight},
         {"PER CHIP", Align::kRight}});
    const std::string banks = "x " + with_commas(room.banks->banks);
    const auto range = [](uint64_t low, uint64_t high) {
        return low == high ? with_commas(low) : with_commas(low) + ".." + with_commas(high);
    };
    table.add({"  capacity", with_commas(room.banks->bytes_per_bank), banks, with_commas(*peak.capacity_bytes)});
    if (peak.exact() && peak.earlier <= peak.low && peak.moment.live.reserved_bytes == peak.low) {
        table.add({"- kept at the peak", "", "", with_commas(room.kept.reserved_bytes)});
        table.add({"- taken for a while at the peak", "", "", with_commas(room.transient.reserved_bytes)});
    } else {
        table.add({"- peak", "", "",
                   peak.high && !peak.is_bound ? range(most(peak), std::max(most(peak), *peak.high))
                                               : "at least " + with_commas(most(peak))});
    }
    if (room.circular_buffers)
        table.add(
            {"- circular buffers beside it", "", "", range(room.circular_buffers->low, room.circular_buffers->high)});
    table.add({"= headroom", "", "", range(room.headroom->low, room.headroom->high)});
    if (const auto piece = in_one_piece(room)) {
        const bool none_certain = piece->low == 0;
        const auto bound = [&](const Interval& i) { return with_commas(none_certain ? i.high : i.low); };
        table.add({std::string("  in one piece") + (piece->exact() ? (room.overlaps ? "" : ": never touched")
                                                    : none_certain ? ": at most"
                                                                   : ": at least"),
                   bound(*room.untouched_per_bank), banks, bound(*piece)});
    }
    add_clash(values, room, table);
    return "\n" + table.render({.width = 0});
}

// Only iterations tell what is made for each batch; what they keep may grow with it as well.
std::string batch_text(const PoolHeadroom& room, const Look& look) {
    const PoolPeak& peak = room.peak;
    // Why there is no figure is said once.
    const auto none = [&](const std::string& why) {
        return peak.pool != Pool::kDram ? "" : "Batch: " + why + "; `ttmem fit --search` tries batches.\n";
    };
    if (!peak.exact()) return none("nothing tells what grows with one, because the peak is not known exactly");
    if (!room.of_iterations) {
        return none(
            "nothing tells what grows with one, because no iterations were marked (`ttmem run --iterations-by "
            "OPNAME`)");
    }
    if (room.transient.allocations == 0) {
        return none(
            "nothing tells what grows with one, because nothing that lived at the peak was freed while the "
            "work went on");
    }
    const uint64_t for_a_while = room.of_iterations->reserved_bytes;
    const uint64_t else_for_a_while = room.transient.reserved_bytes - for_a_while;
    if (for_a_while <= peak.low / 100) {
        return none(
            fmt::format("of {} iterations take next to nothing for a while ({} at the peak), so that tells "
                        "nothing of what grows with one",
                        pool_name(peak.pool), look.bytes(for_a_while)));
    }
    const uint64_t room_for = saturating_add(for_a_while, room.headroom->low);
    return fmt::format(
        "Batch: what iterations take of {} for a while may grow from {} to {} at most, {:.1f} times, if it lies "
        "without gaps and nothing that is kept{} grows with it; `ttmem fit --search` tries it.\n",
        pool_name(peak.pool), look.bytes(for_a_while), look.bytes(room_for),
        static_cast<double>(room_for) / static_cast<double>(for_a_while),
        else_for_a_while == 0 ? "" : " or was made outside of iterations (" + look.bytes(else_for_a_while) + ")");
}

// What an iteration leaves is taken when the next one comes.
std::string leaks_text(const Recording& recording, const PoolHeadroom& room, const Look& look) {
    std::string text;
    for (const PoolHeadroom::Leak& leak : room.leaks) {
        const std::string op = printable(recording.end.texts[leak.op]);
        const std::string whose = op.empty() ? "" : leak.owners == 1 ? " (`" + op + "`)" : " (most of it `" + op + "`)";
        const Process& process = recording.end.processes[leak.process];
        text += fmt::format("Growth: each iteration{} keeps {} more of {}{}",
                            room.leaks.size() == 1 ? "" : fmt::format(" of process {}", process.pid),
                            look.bytes(leak.bytes_per_iteration), pool_name(room.peak.pool), whose);
        if (room.headroom)
            text += fmt::format("; at this rate the headroom lasts for {}",
                                counted(room.headroom->low / leak.bytes_per_iteration, "more", "more"));
        text += "; `ttmem growth` has it.\n";
    }
    return text;
}

// What may take it.
std::string uses(const PoolHeadroom& room, const Look& look) {
    const PoolPeak& peak = room.peak;
    if (!room.headroom || !room.banks) return "";
    std::string text;
    if (peak.pool == Pool::kDram) {
        const auto piece = in_one_piece(room);
        text += fmt::format("KV cache: up to {}{}, in pages that lie in turn in {}.\n", look.bytes(room.headroom->low),
                            piece ? fmt::format(" in all, {} in one tensor", piece_figure(piece, look)) : "",
                            counted(room.banks->banks, "bank"));
        if (piece && piece->low != 0) {
            text += fmt::format("Trace region: up to {} more, {} of each bank.\n", look.bytes(piece->low),
                                look.bytes(room.untouched_per_bank->low));
        }
    }
    text += batch_text(room, look);
    const Sum& live = peak.moment.live;
    if (look.bytes(live.requested_bytes) != look.bytes(live.reserved_bytes)) {
        text += fmt::format("Reserved bytes count: {} that were asked for took {}, rounded up in every bank.\n",
                            look.bytes(live.requested_bytes), look.bytes(live.reserved_bytes));
    }
    if (room.overlaps) {
        text +=
            "Blocks of several allocators lay at the same addresses, so more of them than the headroom were never "
            "touched: what is in one piece is no more than the headroom.\n";
    }
    if (room.partitioned && room.untouched_per_bank) {
        text +=
            "Some blocks are in a part of the banks, of an allocator of their own (a sub-device). Which addresses are "
            "its own is not recorded: what is in one piece is at most so much.\n";
    }
    if (!room.untouched_per_bank) {
        text += "How much of it is in one piece is not known: the history does not show every address.\n";
    }
    return text;
}

std::string cb_text(const PoolHeadroom& room, const Look& look) {
    if (!room.cbs) return "";
    const CbRoom& cbs = *room.cbs;
    std::string text = fmt::format(
        "Circular buffers: L1 buffers never lay below {}, and circular buffers begin at {}: {} per core.\n",
        with_commas(cbs.lowest), with_commas(cbs.begin), look.bytes(cbs.lowest - std::min(cbs.lowest, cbs.begin)));
    if (!cbs.reach) return text + "No program with circular buffers is known.\n";
    const std::string name = cbs.program.empty() ? "A program" : "`" + printable(cbs.program) + "`";
    return text + (*cbs.reach <= cbs.lowest
                       ? fmt::format("{} reached to {}, so they may grow by {} per core.\n", name,
                                     with_commas(*cbs.reach), look.bytes(cbs.lowest - *cbs.reach))
                       : fmt::format("{} reached to {}: {} per core into where L1 buffers lay.\n", name,
                                     with_commas(*cbs.reach), look.bytes(*cbs.reach - cbs.lowest)));
}

}  // namespace

std::string headroom_text(const HeadroomValues& values, const Look& look) {
    const Coverage& coverage = values.headroom.coverage;
    if (values.recording.end.processes.empty()) {
        return nothing_text("Nothing is tracked: there is no process to tell the headroom of.", coverage, look);
    }
    if (values.headroom.pools.empty()) {
        return "No pool has a known capacity or was used.\n" + recorded_line(values.recording) +
               coverage_lines(coverage, look);
    }
    std::string text =
        wrapped(look.paint(Tone::kBold, headroom_verdict(values, values.headroom.pools.front(), look)) + "\n", look) +
        "\n" + pools_table(values, look);
    std::optional<Pool> told;
    for (const PoolHeadroom& room : values.headroom.pools) {
        const bool is_used = room.peak.moment.live.allocations != 0 || room.circular_buffers;
        if (told == room.peak.pool || (!is_used && room.peak.pool != Pool::kDram)) continue;
        told = room.peak.pool;  // of each pool the chips with the least
        text += arithmetic(values, room) +
                wrapped(leaks_text(values.recording, room, look) + uses(room, look) + cb_text(room, look), look);
    }
    return text + "\n" + recorded_line(values.recording) + coverage_lines(coverage, look);
}

}  // namespace ttmem
