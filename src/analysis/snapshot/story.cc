#include "src/analysis/snapshot/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "src/analysis/snapshot/select.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"

namespace ttmem {
namespace {

constexpr uint64_t kMostUnits = 64;  // a longer distance from a power of two helps nobody

// One unit is "4096", more are "2 x 2048".
std::string units_text(uint64_t units, uint64_t unit_bytes) {
    return units == 1 ? fmt::format("{}", unit_bytes) : fmt::format("{} x {}", units, unit_bytes);
}

std::string kind_text(PlaceKind kind) {
    switch (kind) {
        case PlaceKind::kChip:
            return "One allocation";
        case PlaceKind::kMesh:
            return "One mesh allocation";
        case PlaceKind::kMeshPart:
            return "One allocation on a part of a mesh";
    }
    return "One allocation";
}

// What it holds, behind the class: ": the cached binary of the `matmul` program", or nothing.
std::string content_text(const Snapshot& s, const Allocation& a) {
    if (a.allocation_class != AllocationClass::kProgram || a.program == 0) return "";
    const bool live = standing_of(s, a) == Standing::kLive;
    return fmt::format(": the {}binary of the {} program", live ? "cached " : "",
                       program_text(s.programs[a.program - 1]));
}

// "chip 3", "8 chips (mesh 0)".
std::string chips_text(const Place& place) {
    if (place.kind == PlaceKind::kChip) return place_text(place);
    return fmt::format("{} ({})", counted(place.chips.size(), "chip"), place_text(place));
}

std::string what_it_is(const Snapshot& s, const Allocation& a) {
    const Place& place = s.place_of(a);
    return fmt::format("{} of {} B on {}, class {}{}{}.", kind_text(place.kind), with_commas(a.requested_bytes),
                       chips_text(place), class_name(a.allocation_class), content_text(s, a),
                       a.persistent ? ", marked persistent" : "");
}

std::string where_it_lies(const Allocation& a, uint64_t offset) {
    const uint64_t unit = a.page_bytes != 0 ? a.page_bytes : a.bytes_per_bank;
    const std::string form = power_of_two_form(a.address.value, unit);
    const std::string address =
        form.empty() ? address_text(a.address.value) : fmt::format("{} ({})", form, hex64(a.address.value));
    const std::string banks = a.data_banks == a.banks ? counted(a.banks, "bank")
                                                      : fmt::format("{} of {}", a.data_banks, counted(a.banks, "bank"));
    std::string sentence;
    if (a.page_bytes != 0) {
        sentence = fmt::format("{} of {} B over {} at {} in `{}`.", counted(a.pages(), "page"),
                               with_commas(a.page_bytes), banks, address, pool_name(a.pool));
    } else {
        sentence = fmt::format("It lies in {} at {} in `{}`.", banks, address, pool_name(a.pool));
    }
    if (offset != 0) sentence += fmt::format(" The address is {} B into it.", with_commas(offset));
    return sentence;
}

std::string what_it_takes(const Snapshot& s, const Allocation& a) {
    const size_t chips = s.place_of(a).chips.size();
    std::string sentence =
        fmt::format("It takes {} B of {} ({} B from each of {})", with_commas(a.reserved_bytes()),
                    chips > 1 ? "each chip" : "the chip", with_commas(a.bytes_per_bank), counted(a.banks, "bank"));
    if (a.reserved_bytes() > a.requested_bytes) {
        sentence += fmt::format(", {} B more than asked for", with_commas(a.reserved_bytes() - a.requested_bytes));
    }
    if (chips > 1)
        sentence += fmt::format("; {} B on all {}", with_commas(a.reserved_bytes() * chips), counted(chips, "chip"));
    return sentence + ".";
}

// "Allocated by op `x` in thread 1 of process 2 (python3), 3 s ago, at ...".
std::string done_by(const Snapshot& s, std::string_view what, const Process& process, uint32_t op, uint32_t tag,
                    uint32_t thread, WallTime since) {
    std::string text(what);
    if (op != 0) text += fmt::format(" by op `{}`", s.texts[op]);
    if (tag != 0) text += fmt::format(" with tag `{}`", s.texts[tag]);
    text += thread != 0 ? fmt::format(" in thread {} of process {}", thread, process.pid)
                        : fmt::format(" in process {}", process.pid);
    if (!process.comm.empty()) text += fmt::format(" ({})", process.comm);
    if (since == 0) return text + ", it is not known when.";
    return text + fmt::format(", {} ago, at {}.", human_duration(std::max<WallTime>(0, s.generated_at - since)),
                              rfc3339(since));
}

std::string whose_it_is(const Snapshot& s, const Allocation& a) {
    return done_by(s, "Allocated", s.process_of(a), a.op, a.tag, a.thread, a.since);
}

// "Called at model.py:42 forward, from main.py:7 <module>.", without frames of ttnn's own.
std::string where_it_was_called(const Snapshot& s, uint32_t stack) {
    constexpr size_t kMost = 8;
    std::string text;
    size_t told = 0;
    for (const StackFrame& frame : frames_of(s, stack)) {
        if (is_library_file(s.texts[frame.file])) continue;
        if (++told > kMost) return text + ", and so on.";
        text += (text.empty() ? "Called at " : ", from ") + frame_words(s, frame);
    }
    return text.empty() ? text : text + ".";
}

// What frees a live block before its place is closed.
std::string_view freed_by(const Allocation& a) {
    switch (a.allocation_class) {
        case AllocationClass::kProgram:
            return a.program != 0 ? "It goes when the program cache is cleared or its program is destroyed"
                                  : "It goes when the runtime drops the program that it belongs to";
        case AllocationClass::kTrace:
            return "It goes when its trace is released";
        case AllocationClass::kRuntime:
            return "It is the runtime's own and goes when the runtime frees it";
        case AllocationClass::kTensor:
            return "It goes when the last owner of its tensor lets it go";
        case AllocationClass::kUnknown:
            break;
    }
    return "It goes when its owner frees it";
}

// "" where it did not.
std::string how_it_leaked(const Snapshot& s, const Allocation& a) {
    if (verdict_of(s, a) != Verdict::kLeaked) return "";
    return a.holder_ended ? "It leaked: the program or trace that it belonged to is gone. "
                          : "It leaked: it outlived the iteration that made it. ";
}

std::string when_it_goes(const Snapshot& s, const Allocation& a) {
    const Process& process = s.process_of(a);
    const std::string place = place_text(s.place_of(a));
    switch (standing_of(s, a)) {
        case Standing::kLive:
            if (a.persistent)
                return fmt::format("It is meant to stay; it goes at the latest when {} is closed.", place);
            return fmt::format("{}, at the latest when {} is closed.", freed_by(a), place);
        case Standing::kHeld:
            return fmt::format("The process {} without closing {}: it held this to its end, and no one holds it now.",
                               process.state == ProcessState::kKilled ? "was killed or ended by _exit" : "exited",
                               place);
        case Standing::kReleased:
            break;
    }
    const std::optional<WallTime> closed = s.place_of(a).closed_at;
    return fmt::format("It was released when {} was closed{}; no one holds it now.", place,
                       closed ? ", at " + rfc3339(*closed) : "");
}

// What becomes of a circular buffer's addresses.
std::string cb_state(const Snapshot& s, const Program& program, const ProgramCbs& cbs, uint64_t cores,
                     uint64_t resident) {
    const std::string place = place_text(s.places[cbs.place.value]);
    if (s.processes[program.process.value].state != ProcessState::kLive) {
        return "Its process has ended: nothing is reserved any more.";
    }
    if (cbs.left_behind) return "Its program is gone and never gave it back: it reserves nothing, but is a leak.";
    if (cbs.released) return fmt::format("{} is closed: nothing is reserved there any more.", place);
    if (resident == cores) return "It is resident: its program is what ran last on these cores.";
    if (resident != 0) {
        return fmt::format("It is resident on {} of its {}: others ran another program since.", with_commas(resident),
                           counted(cores, "core"));
    }
    return "It is reserved but not resident: its program has not run yet, or another one ran since on its cores.";
}

}  // namespace

std::string power_of_two_form(uint64_t address, uint64_t unit_bytes) {
    if (address == 0 || unit_bytes == 0) return "";
    if (std::has_single_bit(address)) return fmt::format("2^{}", std::countr_zero(address));
    const int below = std::bit_width(address) - 1;  // 2^below < address
    const uint64_t over = address - (uint64_t{1} << below);
    const uint64_t under = below == 63 ? ~address + 1 : (uint64_t{1} << (below + 1)) - address;  // to the next power
    const auto counted = [&](uint64_t distance) {
        return distance % unit_bytes == 0 && distance / unit_bytes <= kMostUnits && distance < address / 4;
    };
    if (counted(under)) return fmt::format("2^{} - {}", below + 1, units_text(under / unit_bytes, unit_bytes));
    if (counted(over)) return fmt::format("2^{} + {}", below, units_text(over / unit_bytes, unit_bytes));
    return "";
}

std::string place_text(const Place& place) {
    std::string text;
    switch (place.kind) {
        case PlaceKind::kChip:
            text = fmt::format("chip {}", place.number);
            break;
        case PlaceKind::kMesh:
            text = fmt::format("mesh {}", place.number);
            break;
        case PlaceKind::kMeshPart:
            text = fmt::format("part {} of a mesh", place.number);
            break;
    }
    if (!place.name.empty()) text += fmt::format(" ({})", place.name);
    return text;
}

std::string core_ranges_text(const CircularBuffer& buffer) {
    std::string text;
    for (const CoreRange& r : buffer.cores) {
        text += fmt::format("{}({},{})", text.empty() ? "" : ", ", r.x0, r.y0);
        if (r.x0 != r.x1 || r.y0 != r.y1) text += fmt::format("-({},{})", r.x1, r.y1);
    }
    return text;
}

std::string program_text(const Program& program) {
    if (!program.name.empty()) return fmt::format("`{}`", program.name);
    return "number " + hex64(program.unique_id != 0 ? program.unique_id : program.handle);
}

std::vector<std::string> story_of(const Snapshot& snapshot, uint32_t allocation, uint64_t offset) {
    const Allocation& a = snapshot.allocations[allocation];
    std::vector<std::string> story = {what_it_is(snapshot, a), where_it_lies(a, offset), what_it_takes(snapshot, a),
                                      whose_it_is(snapshot, a)};
    if (const std::string called = where_it_was_called(snapshot, a.stack); !called.empty()) story.push_back(called);
    story.push_back(how_it_leaked(snapshot, a) + when_it_goes(snapshot, a));
    return story;
}

std::vector<std::string> story_of_cb(const Snapshot& snapshot, uint32_t program, uint32_t cbs, uint32_t buffer,
                                     uint64_t offset, uint64_t resident_cores) {
    const Program& owner = snapshot.programs[program];
    const ProgramCbs& at = owner.cbs[cbs];
    const Place& place = snapshot.places[at.place.value];
    const CircularBuffer& cb = at.plan.buffers[buffer];
    const uint64_t cores = cb.core_set().count();
    std::string what = fmt::format("Circular buffer {} of the {} program on {}: {} B at {} on each of {}, {}.",
                                   cb.index, program_text(owner), chips_text(place), with_commas(cb.bytes),
                                   address_text(cb.address), counted(cores, "core"), core_ranges_text(cb));
    if (offset != 0) what += fmt::format(" The address is {} B into it.", with_commas(offset));
    return {what, cb_state(snapshot, owner, at, cores * place.chips.size(), resident_cores),
            done_by(snapshot, "Program created", snapshot.processes[owner.process.value], owner.op, owner.tag,
                    owner.thread, owner.created_at.value_or(0)),
            "It goes when its program is destroyed or gives its circular buffers back."};
}

}  // namespace ttmem
