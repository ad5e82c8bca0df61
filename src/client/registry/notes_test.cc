// What adapters say in sentences, and what they saw and could not record.
#include <string>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

uint32_t notes_in(const Bytes& bytes) {
    uint32_t count = 0;
    while (count < kMaxNotes && bytes.live().notes[count] != 0) ++count;
    return count;
}

// Its one note is the operation that iterations begin with.
bool names_step() {
    const Bytes bytes = Bytes::mine();
    const uint64_t note = bytes.live().notes[0];
    return notes_in(bytes) == 1 && note_flags(note) == kNoteIterationsBy && bytes.text(note_text(note)) == "step";
}

}  // namespace

CLIENT_TEST(Notes, EachTextIsKeptOnceWithAllItsFlags, {}) {
    const ttmem_text runtime = ttmem_intern("tt-metal 0.81.1, known"), other = ttmem_intern("a hook is missing");
    CHECK_EQ(ttmem_note(other, 0), TTMEM_OK);
    CHECK_EQ(ttmem_note(runtime, TTMEM_NOTE_RUNTIME), TTMEM_OK);
    CHECK_EQ(ttmem_note(other, TTMEM_NOTE_INCOMPLETE), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(notes_in(bytes), 2);
    CHECK_EQ(bytes.live().notes[0], pack_note(kNoteIncomplete, other));
    CHECK_EQ(bytes.live().notes[1], pack_note(kNoteRuntime, runtime));
}

CLIENT_TEST(Notes, AreRefusedWithoutATextAndWithFlagsThatNobodyKnows, {}) {
    CHECK_EQ(ttmem_note(0, 0), TTMEM_INVALID);
    CHECK_EQ(ttmem_note(1'000'000, 0), TTMEM_INVALID);
    CHECK_EQ(ttmem_note(ttmem_intern("a"), 4), TTMEM_INVALID);
    CHECK_EQ(Bytes::mine().live().invalid, 3);
    CHECK_EQ(notes_in(Bytes::mine()), 0);
}

CLIENT_TEST(Notes, ThatFindNoRoomAreCounted, {}) {
    for (uint32_t i = 0; i < kMaxNotes; ++i) {
        CHECK_EQ(ttmem_note(ttmem_intern(("note " + std::to_string(i)).c_str()), 0), TTMEM_OK);
    }
    CHECK_EQ(ttmem_note(ttmem_intern("one too many"), 0), TTMEM_FULL);
    CHECK_EQ(ttmem_note(ttmem_intern("note 7"), 0), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().notes_refused, 1);
}

CLIENT_TEST(Notes, AForkedChildInheritsWhatNamesTheRuntimeAndNothingElse, {}) {
    ttmem_note(ttmem_intern("of the parent"), TTMEM_NOTE_INCOMPLETE);
    ttmem_note(ttmem_intern("a runtime"), TTMEM_NOTE_RUNTIME);
    const int status = in_child([] {
        ttmem_note(ttmem_intern("of the child"), 0);
        const Bytes bytes = Bytes::mine();
        CHECK_EQ(notes_in(bytes), 2);
        CHECK(bytes.text(note_text(bytes.live().notes[0])) == "a runtime");
        CHECK(bytes.text(note_text(bytes.live().notes[1])) == "of the child");
    });
    CHECK_EQ(status, 0);
    CHECK_EQ(notes_in(Bytes::mine()), 2);
}

CLIENT_TEST(Notes, SayWhichOperationIterationsBeginWithInAForkedChildToo, {{"TTMEM_ITERATIONS_BY", "step"}}) {
    CHECK(make_chip_place() != 0 && names_step());
    const int status = in_child([] { CHECK(make_chip_place() != 0 && names_step()); });
    CHECK_EQ(status, 0);
}

CLIENT_TEST(Untracked, WhatAnAdapterCouldNotRecordIsCountedWhereItWasSeen, {}) {
    const ttmem_place place = make_chip_place();
    CHECK_EQ(ttmem_count_untracked(place, TTMEM_POOL_L1, 4096), TTMEM_OK);
    CHECK_EQ(ttmem_count_untracked(0, TTMEM_POOL_DRAM, 100), TTMEM_OK);  // nobody knows where
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().untracked_allocations, 2);
    CHECK_EQ(bytes.live().untracked_bytes, 4196);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_L1).untracked_allocations, 1);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_L1).untracked_requested, 4096);
    CHECK_EQ(bytes.live_slots(), 0);
}

CLIENT_TEST(Untracked, WhatCannotBeIsRefused, {}) {
    const ttmem_place place = make_chip_place();
    CHECK_EQ(ttmem_count_untracked(place, static_cast<ttmem_pool>(5), 1), TTMEM_INVALID);
    CHECK_EQ(ttmem_count_untracked(place, TTMEM_POOL_L1, 1ull << 44), TTMEM_INVALID);
    CHECK_EQ(ttmem_count_untracked(place + 99, TTMEM_POOL_L1, 1), TTMEM_INVALID);
    CHECK_EQ(Bytes::mine().live().invalid, 3);
    CHECK_EQ(Bytes::mine().live().untracked_allocations, 0);
}
