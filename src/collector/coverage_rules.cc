#include "src/collector/coverage_rules.h"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>

#include "src/base/saturating.h"
#include "src/base/text.h"
#include "src/ledger/layout.h"
#include "src/model/process_note.h"

namespace ttmem {
namespace {

class Notes {
public:
    explicit Notes(Coverage& coverage) : coverage_(coverage) {}

    // "1 name found ...", "3 names found ...". A figure may be off because of these.
    void harms(uint64_t count, std::string_view one, std::string_view several, const std::string& rest) {
        if (count != 0) coverage_.note(counted(count, one, several) + " " + rest);
    }
    // All figures are right.
    void tells(uint64_t count, std::string_view one, std::string_view several, const std::string& rest) {
        if (count != 0) coverage_.note(counted(count, one, several) + " " + rest, false);
    }

private:
    Coverage& coverage_;
};

// Openings whose dispatches are forgotten although a place that was open meanwhile may show what was there before them.
// Before 1.2 nobody counted them. 0 without circular buffers.
uint64_t forgotten_dispatches(const ledger::LedgerImage& image) {
    if (image.fixed.format_minor >= 2) return image.counters.dispatches_forgotten;
    if (image.pairs.size() <= 1) return 0;
    return static_cast<uint64_t>(std::count_if(image.sessions.begin(), image.sessions.end(),
                                               [](const auto& session) { return session.generation > 1; }));
}

// What would have kept room for all of them: a setting and its value, or how much memory; "" where nothing would.
std::string room_for_all(const ledger::LedgerImage& image) {
    const uint64_t slots = image.regions.slots.count, more = image.counters.untracked_allocations;
    if (image.slots_used < image.slots_ready) return "";  // it had room: its adapter could not describe them
    if (image.slots_ready < slots) {
        return "its ledger found no memory for " + with_commas(image.slots_ready) + " more: give its tmpfs " +
               human_bytes(saturating_multiply(more, sizeof(ledger::Slot) + sizeof(ledger::Word))) +
               " (docker run --shm-size)";
    }
    if (slots >= ledger::kMaxSlots) return "at most " + with_commas(slots - 1) + " of a process are at once";
    const uint64_t needed = std::min(saturating_add(slots, more), ledger::kMaxSlots);
    return "set TTMEM_LEDGER_SLOTS=" + std::to_string(std::bit_ceil(needed));
}

// Short: it stands below figures that say themselves which of them are bounds.
void note_untracked_allocations(const ledger::LedgerImage& image, Coverage& coverage) {
    const ledger::CounterImage& counters = image.counters;
    if (counters.untracked_allocations == 0) return;
    const uint64_t now = counters.untracked_now_allocations;
    std::string sentence = counted(counters.untracked_allocations, "allocation") + " not recorded, ";
    sentence += now == 0 ? "none of them live: peaks and leaks may be more"
                         : (now == counters.untracked_allocations ? "all" : "at most " + with_commas(now)) +
                               " may be live (" + human_bytes(counters.untracked_now_bytes) + " per chip)";
    const std::string remedy = room_for_all(image);
    coverage.note(remedy.empty() ? sentence : sentence + "; " + remedy);
}

// At the level of stacks, live allocations without one: made before it was on, or where their adapter found none.
void note_missing_stacks(const ledger::LedgerImage& image, Coverage& coverage) {
    constexpr uint32_t kStacks = 3;
    if (image.level != kStacks) return;
    uint64_t all = 0, missing = 0;
    for (const ledger::LiveSlot& slot : image.live) {
        if (slot.body.op() != ledger::Op::kAlloc) continue;
        ++all;
        missing += slot.stack == 0;
    }
    if (missing == 0) return;
    coverage.note(with_commas(missing) + " of " + counted(all, "live allocation") + " have no call stack: " +
                      (image.counters.frames_refused != 0 ? "it found no room in the ledger, or " : std::string()) +
                      "they were not made by Python code that was seen",
                  false);
}

// Of rows whose sums are more than 64 bits hold.
uint64_t overflowing_rows(const ledger::LedgerImage& image) {
    uint64_t rows = 0;
    for (const ledger::SessionImage& session : image.sessions) {
        for (const ledger::RowImage& row : session.rows) {
            rows += row.live.requested == UINT64_MAX || row.live.reserved == UINT64_MAX;
        }
    }
    return rows;
}

}  // namespace

Coverage coverage_of(const ledger::LedgerImage& image, bool times_known) {
    const ledger::CounterImage& counters = image.counters;
    const ledger::QualityImage& quality = image.quality;
    Coverage coverage;
    coverage.untracked_allocations = counters.untracked_allocations;
    coverage.untracked_bytes = counters.untracked_bytes;
    coverage.untracked_now_allocations = counters.untracked_now_allocations;
    coverage.untracked_now_bytes = counters.untracked_now_bytes;
    coverage.events_lost = image.events_lost();

    Notes notes(coverage);
    note_untracked_allocations(image, coverage);
    notes.harms(quality.torn_slots + quality.bad_slots, "allocation is", "allocations are",
                "damaged in the ledger and in no figure");
    notes.harms(quality.bad_records, "description is", "descriptions are",
                "damaged in the ledger (of chips, places, owners or failures)");
    notes.harms(counters.plans_refused, "circular-buffer plan or trace", "circular-buffer plans or traces",
                "found no room in the ledger: in no figure");
    notes.harms(forgotten_dispatches(image), "record of a closed place was", "records of closed places were",
                "used again: what programs ran there last is forgotten, so resident bytes of circular buffers may be "
                "those of programs before them");
    notes.harms(counters.plans_forgotten, "circular-buffer plan or trace of a place that was closed long ago was",
                "circular-buffer plans or traces of places that were closed long ago were",
                "forgotten to make room: what their programs reserve when their place is opened again is not told");
    notes.harms(counters.leaks_forgotten, "leak at a place that was closed long ago was",
                "leaks at places that were closed long ago were", "forgotten to make room: in no list");
    notes.harms(counters.iterations_lost, "iteration was", "iterations were",
                "nested deeper than 4, or of a thread too many: what leaked there is not told from what the iterations "
                "around hold");
    notes.harms(counters.ops_too_deep, "scope was", "scopes were",
                "nested deeper than 64: what belongs there is shown with the operation around");
    notes.harms(overflowing_rows(image), "sum of bytes is", "sums of bytes are",
                "more than 64 bits hold: shown as the most that these do");
    notes.harms(counters.chips_full, "chip", "chips", "found no room in the ledger");
    notes.harms(counters.reentrant, "call from a signal handler inside another call was",
                "calls from signal handlers inside other calls were", "not recorded");
    notes.harms(counters.invalid, "call was", "calls were", "refused for wrong arguments");
    notes.harms(counters.ambiguous_free, "free by address", "frees by address",
                "fitted several allocations; the newest was ended each time");
    if (!quality.single_moment) {
        coverage.note(
            "it was changing too fast to be read at a single moment: each allocation is right, sums may mix moments");
    }
    if (quality.foreign_bits != 0) {
        coverage.note(
            "its ledger has parts that this ttmem does not know, so that no figure is derived: use a newer ttmem");
    }

    for (const ledger::NoteImage& note : image.notes) {
        const std::string sentence(image.text(note.text));
        if (note.incomplete) {
            coverage.note(sentence.empty() ? "its adapter said why it is incomplete, which cannot be read" : sentence);
        } else if (!note.runtime && !note.iterations_by && !sentence.empty()) {
            coverage.note(sentence, false);
        }
    }
    notes.harms(counters.notes_refused, "remark", "remarks", "of its adapter found no room in the ledger");

    notes.tells(counters.retired_allocations, "allocation that a close had released was",
                "allocations that a close had released were", "forgotten to make room; not in use any more");
    notes.tells(counters.double_free, "free", "frees", "of what was freed already changed nothing");
    notes.tells(counters.unknown_free, "free", "frees", "of what was never recorded changed nothing");
    notes.tells(counters.foreign_free, "free", "frees", "with handles of its parent process changed nothing");
    notes.harms(counters.sessions_full, "opening of a place", "openings of places",
                "found no room in the ledger, for too many are open at once: what was allocated there is in no figure");
    notes.harms(counters.texts_full, "name", "names", "found no room in the ledger: what should have it has none");
    notes.harms(counters.frames_refused, "frame", "frames",
                "of call stacks found no room in the ledger: the line of some allocations is not known");
    note_missing_stacks(image, coverage);
    notes.harms(counters.owners_full, "owner", "owners",
                "found no room in the ledger: some allocations lack their thread, op or tag");
    notes.tells(counters.history_refused, "thread has", "threads have", "no history: there was no memory for it");
    if (!times_known) coverage.note("its clock says nothing that can be believed: times are not shown", false);
    return coverage;
}

void merge_process(const Coverage& of_process, uint32_t pid, Coverage& all) {
    Coverage named = of_process;
    for (std::string& sentence : named.notes) sentence = process_note(pid, sentence);
    all.merge(named);
}

}  // namespace ttmem
