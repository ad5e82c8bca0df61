#include "src/client/registry/notes.h"

#include "src/client/process/slow_path.h"
#include "src/client/tables/texts.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {

constinit Notes notes;

ttmem_result note(ttmem_text text, uint32_t flags) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    const SlowPath slow;
    const bool known_flags = (flags & ~(TTMEM_NOTE_INCOMPLETE | TTMEM_NOTE_RUNTIME)) == 0;
    if (text == 0 || !texts.is_known(text) || !known_flags) return refuse();
    LockGuard guard(process.page->book);
    return notes.add(text, flags);
}

ttmem_result Notes::add(ttmem_text text, uint32_t flags) {
    uint32_t number = 0;
    while (number < count_ && ledger::note_text(words_[number]) != text) ++number;
    if (number == ledger::kMaxNotes) {
        count(live_header().notes_refused);
        return TTMEM_FULL;
    }
    words_[number] |= ledger::pack_note(flags, text);
    if (number == count_) ++count_;
    live_header().notes[number].store(words_[number], kRelease);
    return TTMEM_OK;
}

// There are some already in a child made by fork() alone.
void Notes::write_to_ledger() {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count_; ++i) {
        if ((ledger::note_flags(words_[i]) & TTMEM_NOTE_RUNTIME) == 0) continue;
        words_[kept++] = words_[i];
    }
    for (uint32_t i = kept; i < ledger::kMaxNotes; ++i) words_[i] = 0;
    count_ = kept;
    for (uint32_t i = 0; i < kept; ++i) live_header().notes[i].store(words_[i], kRelaxed);
}

}  // namespace ttmem::client
