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

// What the circular buffers of the program with most of them have of all cores. Requires room.cbs.
uint64_t cbs_of_chip(const PoolHeadroom& room) {
    return saturating_multiply(room.cbs->most(), room.banks ? room.banks->banks : 0);
}

uint64_t most(const PoolPeak& peak) { return std::max(peak.low, peak.earlier); }

bool is_of_circular_buffers(FailureKind kind) {
    return kind == FailureKind::kCbClash || kind == FailureKind::kCbOverflow;
}

// "An allocation of 1.00 MiB by `ttnn.add` failed. "; "" where nothing failed there.
std::string failed_begin(const HeadroomValues& values, const PoolHeadroom& room, const Look& look) {
    if (!room.failure) return "";
    const std::string& op = values.recording.end.texts[room.failure->op];
    const bool counts_it = room.cbs && room.cbs->most() != 0 && room.cbs->program == op;  // it ran before
    return failed_words(values.recording, *room.failure, look) + ". " +
           (is_of_circular_buffers(room.failure->kind) && !counts_it ? "Without that program, " : "");
}

// "`ttnn.linear`", "a program": which has most circular buffers.
std::string program_of(const CbRoom& cbs) {
    return cbs.program.empty() ? "a program" : "`" + printable(cbs.program) + "`";
}

// What is left of it is not all for the user: ", but iterations use it up (528 KiB more with the last one)".
std::string but_it_shrinks(const PoolHeadroom& room, const Look& look) {
    if (room.leaks.empty()) return "";
    uint64_t bytes = 0;
    for (const PoolHeadroom::Leak& leak : room.leaks)
        bytes = saturating_add(bytes, leak.rise ? leak.rise->bytes : leak.bytes_per_iteration);
    return fmt::format(", but each iteration takes more of it (the last one {})", look.bytes(bytes));
}

std::string headroom_verdict(const HeadroomValues& values, const PoolHeadroom& room, const Look& look) {
    const PoolPeak& peak = room.peak;
    const std::string where = fmt::format("{} of {}{}", pool_name(peak.pool), peak.chips.size() == 1 ? "" : "each of ",
                                          chips_text(values.recording, peak.chips));
    const std::string failed = failed_begin(values, room, look);
    if (!room.headroom)
        return failed + fmt::format("how much more {} can take is not known: nothing tells its capacity.", where);
    std::string why = fmt::format("the peak was {} of {}", peak_figure(peak, look), look.bytes(peak.capacity_bytes));
    if (room.cbs && room.cbs->most() != 0)
        why += fmt::format(", and {} has {} of circular buffers", program_of(*room.cbs), look.bytes(cbs_of_chip(room)));
    if (room.headroom->high == 0) return failed + fmt::format("{} can take nothing more: {}.", where, why);
    if (room.headroom->low == 0) {
        return failed + fmt::format("{} can take {} more at most, and perhaps nothing: {}.", where,
                                    look.bytes(room.headroom->high), why);
    }
    const std::string more = look.bytes(room.headroom), piece = piece_figure(in_one_piece(room), look);
    std::string text = failed + fmt::format("{} can take {} more", where, more);
    if (in_one_piece(room)) text += piece == more ? ", in one piece" : fmt::format(", {} of it in one piece", piece);
    return text + but_it_shrinks(room, look) + ": " + why + ".";
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
    // On which cores it was to run is another question, so nothing is said of the chip.
    const auto row = [&](const std::string& title, uint64_t bytes) { table.add({title, with_commas(bytes), "", ""}); };
    const std::string& op = values.recording.end.texts[failure->op];
    const std::string whose = "circular buffers" + (op.empty() ? "" : " of `" + printable(op) + "`");
    if (room.cbs && room.cbs->begin < *end) row("  " + whose + ", each core", *end - room.cbs->begin);
    row("  of which L1 buffers had", *end - *lowest);
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
    if (room.cbs && room.cbs->most() != 0) {
        table.add({"- circular buffers of " + program_of(*room.cbs), with_commas(room.cbs->most()), banks,
                   (room.cbs->is_known ? "" : "at least ") + with_commas(cbs_of_chip(room))});
    } else if (room.cbs && !room.cbs->is_known) {
        table.add({"- circular buffers", "", "", "not known"});
    }
    const bool is_short = room.headroom->high == 0 && most(peak) < *peak.capacity_bytes;
    table.add({is_short ? "= headroom: they are more than there is" : "= headroom", "", "",
               range(room.headroom->low, room.headroom->high)});
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

// "11,899", "4.4": how often the one has room in the other.
std::string times_text(uint64_t room, uint64_t of) {
    return room / of >= 10 ? with_commas(room / of) : fmt::format("{:.1f}", static_cast<double>(room * 10 / of) / 10.0);
}

// Only iterations tell what is made for each batch. What they leak or keep is made with each batch, too, so that it
// leaves less room for a larger one.
std::string batch_text(const PoolHeadroom& room, const Look& look) {
    const PoolPeak& peak = room.peak;
    // Why there is no figure is said once.
    const auto none = [&](const std::string& why) {
        return peak.pool != Pool::kDram ? ""
                                        : "Batch: not known, because " + why + "; `ttmem fit --search` tries it.\n";
    };
    if (!peak.exact()) return none("the peak is not known exactly");
    if (!room.of_iterations || !room.batch)
        return none("no iterations were marked (`ttmem run --iterations-by OPNAME`)");
    const PoolHeadroom::Batch& batch = *room.batch;
    if (batch.bytes == 0 && room.transient.allocations == 0)
        return none("nothing that lived at the peak was freed later");
    if (batch.bytes <= peak.low / 100) {
        return none(fmt::format("iterations had next to nothing of {} at the peak ({})", pool_name(peak.pool),
                                look.bytes(batch.bytes)));
    }
    return fmt::format(
        "Batch: at most {} times as large, if nothing else in {} grows with it than the {} that iterations had at the "
        "peak{}{}; `ttmem fit --search` tries it.\n",
        times_text(saturating_add(batch.bytes, batch.room), batch.bytes), pool_name(peak.pool), look.bytes(batch.bytes),
        batch.is_steady ? " after the first iteration, which leaves less room for it" : "",
        batch.kept == 0 ? "" : fmt::format(" ({} of that leaked or kept to the end)", look.bytes(batch.kept)));
}

// How long the headroom lasts; an honest number only where each iteration takes as much as the one before.
std::string rate_text(const PoolHeadroom::Leak& leak, const Look& look) {
    if (!leak.rise) return "";
    const std::string more = look.bytes(leak.rise->bytes);
    if (leak.iterations_left == 0)
        return fmt::format(". The last one peaked {} above the one before: there is no room for another", more);
    if (leak.iterations_left) {
        return fmt::format(". The last one peaked {} above the one before: at that rate, there is room for {} more",
                           more, with_commas(*leak.iterations_left));
    }
    return leak.rise->is_growing
               ? fmt::format(
                     " on average. The last one peaked {} above the one before, and each takes more than the "
                     "one before, so how many more fit is not known",
                     more)
               : fmt::format(" on average. The last one peaked {} above the one before", more);
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
        text += rate_text(leak, look) + "; `ttmem growth` has the details.\n";
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
        const std::string all = look.bytes(room.headroom->low), one = piece_figure(piece, look);
        text += fmt::format("KV cache: up to {}{}, interleaved over {}.\n", all,
                            !piece       ? ""
                            : one == all ? " in one tensor"
                                         : fmt::format(" in all, {} in one tensor", one),
                            counted(room.banks->banks, "bank"));
        if (piece && piece->low != 0) {
            text += fmt::format("Trace region: up to {} more, {} of each bank.\n", look.bytes(piece->low),
                                look.bytes(room.untouched_per_bank->low));
        }
    }
    text += batch_text(room, look);
    const Sum& live = peak.moment.live;
    if (look.bytes(live.requested_bytes) != look.bytes(live.reserved_bytes)) {
        text += fmt::format("The {} asked for at the peak took {}, rounded up in every bank.\n",
                            look.bytes(live.requested_bytes), look.bytes(live.reserved_bytes));
    }
    if (room.overlaps) {
        text +=
            "Blocks of several allocators lay at the same addresses: more was never touched than there is headroom, "
            "and one piece is at most the headroom.\n";
    }
    if (room.partitioned && room.untouched_per_bank) {
        text +=
            "A sub-device has an allocator of its own in a part of the banks, and which addresses it has is not "
            "recorded: one piece is at most so large.\n";
    }
    if (!room.untouched_per_bank) {
        text += "How much is in one piece is not known: the history does not show every address.\n";
    }
    return text;
}

std::string cb_text(const PoolHeadroom& room, const Look& look) {
    if (!room.cbs) return "";
    const CbRoom& cbs = *room.cbs;
    const std::string lowest = with_commas(cbs.lowest);
    if (!cbs.reach) {
        return fmt::format(
            "Circular buffers: room for {} of each core; they begin at {}, and no L1 buffer ever lay below {}. No "
            "program has any, as far as is known.\n",
            look.bytes(cbs.lowest - std::min(cbs.lowest, cbs.begin)), with_commas(cbs.begin), lowest);
    }
    const std::string end = with_commas(*cbs.reach);
    std::string text;
    if (*cbs.reach <= cbs.lowest) {
        text = fmt::format(
            "Circular buffers: room for {} more of each core; those of {} end at {}, and no L1 buffer ever lay below "
            "{}.\n",
            look.bytes(cbs.lowest - *cbs.reach), program_of(cbs), end, lowest);
    } else {
        text = fmt::format(
            "Circular buffers: no room for more; those of {} end at {}, and at another time an L1 buffer began at {}, "
            "{} lower.\n",
            program_of(cbs), end, lowest, look.bytes(*cbs.reach - cbs.lowest));
    }
    if (room.in_order && room.in_order->low > room.headroom->low && !room.failure)
        text += fmt::format(
            "If everything runs in the same order again, {} can be taken, holes between buffers among it: the peak and "
            "these circular buffers did not come at the same time.\n",
            look.bytes(room.in_order->low));
    return text;
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
