#include "src/client/tables/texts.h"

#include <string.h>

#include "src/client/process/process.h"

namespace ttmem::client {

constinit Texts texts;

namespace {

uint32_t hash(const void* text, size_t length) {
    const auto* bytes = static_cast<const uint8_t*>(text);
    uint64_t sum = 0xcbf29ce484222325;
    for (size_t i = 0; i < length; ++i) sum = (sum ^ bytes[i]) * 0x100000001b3;
    return static_cast<uint32_t>(sum ^ sum >> 32);
}

constexpr uint64_t words_of(size_t length) { return 1 + (length + 7) / 8; }

}  // namespace

ttmem_text Texts::intern(const char* text) {
    if (text == nullptr || *text == 0) return 0;
    LockGuard guard(process.page->book);
    const ttmem_text number = find_or_add(text, strnlen(text, ledger::kMaxText), sizeof words_);
    if (number == 0) count(live_header().texts_full);
    return number;
}

ttmem_stack Texts::intern_frame(ttmem_stack caller, const char* file, uint32_t line, const char* function) {
    const size_t length = strlen(file), kept = length < ledger::kMaxText ? length : ledger::kMaxText;
    const bool is_named = function != nullptr && *function != 0;
    LockGuard guard(process.page->book);
    ledger::FrameText frame{caller, 0, 0, line};
    frame.file = find_or_add(file + (length - kept), kept, kBytesOfStacks);
    if (is_named) frame.function = find_or_add(function, strnlen(function, ledger::kMaxText), kBytesOfStacks);
    ttmem_stack number = 0;
    if (frame.file != 0 && (frame.function != 0 || !is_named)) {
        number = find_or_add(&frame, sizeof frame, kBytesOfStacks);
    }
    if (number == 0) count(live_header().frames_refused);
    return number;
}

ttmem_text Texts::find_or_add(const void* text, size_t length, uint64_t room) {
    std::atomic<uint32_t>& bucket = buckets_[hash(text, length) % kBuckets];
    for (ttmem_text number = bucket.load(std::memory_order_relaxed); number != 0; number = next_[number]) {
        if (is(number, text, length)) return number;
    }
    return add(text, length, room, bucket);
}

bool Texts::is(ttmem_text number, const void* text, size_t length) const {
    if (!is_known(number)) return false;  // GCOV_EXCL_BR_LINE: a fork in the middle of add()
    const auto* head = reinterpret_cast<const ledger::TextHead*>(&words_[number]);
    return head->length == length && memcmp(&words_[number + 1], text, length) == 0;
}

ttmem_text Texts::add(const void* text, size_t length, uint64_t room, std::atomic<uint32_t>& bucket) {
    const uint64_t number = used_.load(std::memory_order_relaxed) / 8, words = words_of(length);
    if ((number + words) * 8 > room || !table_.reach((number + words) * 8)) return 0;
    memset(&words_[number], 0, words * 8);
    memcpy(&words_[number + 1], text, length);
    ledger::TextHead head{static_cast<uint32_t>(length), 0};
    memcpy(&words_[number], &head, sizeof head);
    head.check = ledger::fold(ledger::check_sum(&words_[number], words));
    memcpy(&words_[number], &head, sizeof head);

    memcpy(&process.map.texts[number], &words_[number], words * 8);
    live_header().texts_used.store((number + words) * 8, std::memory_order_release);
    used_.store((number + words) * 8, std::memory_order_release);
    next_[number] = bucket.load(std::memory_order_relaxed);
    bucket.store(static_cast<uint32_t>(number), std::memory_order_release);
    return static_cast<ttmem_text>(number);
}

void Texts::write_to_ledger() {
    uint64_t used = used_.load(std::memory_order_acquire);
    if (used == 0) used_.store(used = 8, std::memory_order_release);  // number 0 is none
    table_.reset(process.map.texts, process.map.geometry.text_bytes);
    if (!table_.reach(used)) {  // of a child that has less memory than its parent: it has the numbers, not the texts
        count(live_header().texts_full);
        used = 8;
    }
    memcpy(process.map.texts, words_, used);
    live_header().texts_used.store(used, std::memory_order_release);
}

}  // namespace ttmem::client
