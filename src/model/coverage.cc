#include "src/model/coverage.h"

#include <algorithm>

#include "src/base/saturating.h"

namespace ttmem {

void Coverage::note(std::string sentence, bool incomplete) {
    if (incomplete) complete = false;
    if (std::find(notes.begin(), notes.end(), sentence) == notes.end()) notes.push_back(std::move(sentence));
}

void Coverage::note_unread(std::string sentence) {
    unread = true;
    note(std::move(sentence));
}

void Coverage::merge(const Coverage& other) {
    complete = complete && other.complete;
    unread = unread || other.unread;
    events_lost += other.events_lost;
    untracked_allocations += other.untracked_allocations;
    untracked_bytes = saturating_add(untracked_bytes, other.untracked_bytes);
    untracked_now_allocations += other.untracked_now_allocations;
    untracked_now_bytes = saturating_add(untracked_now_bytes, other.untracked_now_bytes);
    for (const std::string& sentence : other.notes) note(sentence, false);
}

}  // namespace ttmem
