#include "src/importers/failure_message/lack_of_memory.h"

#include <algorithm>
#include <string>

#include "src/importers/input/characters.h"

namespace ttmem {
namespace {

// Whole words, so that "XL10" is not "L1".
bool has_words(std::string_view text, std::string_view words) {
    for (size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
        const size_t end = at + words.size();
        if ((at == 0 || !is_word(text[at - 1])) && (end >= text.size() || !is_word(text[end]) || text[end] == 's'))
            return true;
    }
    return false;
}

// Any phrase of `list`, which ", " divides.
bool has_any(std::string_view text, std::string_view list) {
    for (;;) {
        const size_t end = list.find(", ");
        if (has_words(text, list.substr(0, end))) return true;
        if (end == std::string_view::npos) return false;
        list.remove_prefix(end + 2);
    }
}

// "needs 96 B but only 64 B of L1 are usable".
bool only_so_much(std::string_view text) {
    constexpr std::string_view kOnly = "only ";
    for (size_t at = text.find(kOnly); at != std::string_view::npos; at = text.find(kOnly, at + 1)) {
        const size_t next = at + kOnly.size();
        if (next < text.size() && text[next] >= '0' && text[next] <= '9') return true;
    }
    return false;
}

// "9000 B", "9000 bytes", "9000 L1 bytes".
bool tells_bytes(std::string_view text) {
    for (size_t at = text.find_first_of("0123456789"); at != std::string_view::npos;
         at = text.find_first_of("0123456789", at)) {
        at = std::min(text.find_first_not_of("0123456789", at), text.size());
        std::string_view unit = text.substr(at, 10);
        if (unit.starts_with(" l1 ")) unit.remove_prefix(3);
        if (unit.starts_with(" bytes") || (unit.starts_with(" b") && (unit.size() == 2 || !is_word(unit[2]))))
            return true;
    }
    return false;
}

// "needs 96 B of L1 but the core has 64", "requires 96 L1 bytes but L1 is 64 bytes", "need 96 B of the 64 B available".
bool needs_more(std::string_view text) {
    constexpr std::string_view kNeed = "need, require, required, requested";
    constexpr std::string_view kHave = "but, available, have, has, budget, owns, capacity";
    if (!has_any(text, kNeed) || !tells_bytes(text) || !has_any(text, kHave)) return false;
    size_t numbers = 0;  // of two digits and more: the others are of names
    for (size_t at = 0; (at = text.find_first_of("0123456789", at)) != std::string_view::npos;) {
        const size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
        if (end - at > 1 && (at == 0 || !is_word(text[at - 1]))) ++numbers;
        at = end;
    }
    return numbers > 1;
}

}  // namespace

bool tells_of_lacking_memory(std::string_view text) {
    constexpr std::string_view kMemory =
        "dram, l1, l1_small, circular buffer, circularbuffer, dataflow buffer, scratchpad, cb, dfb, trace buffer, "
        "trace region, trace-region, kernel config, device memory, device buffer, mirror allocation, arena, "
        "available space, ring buffer, iram, memory region, bank size, dynamically allocated buffer, l1_cache, "
        "prefetcher cache, slot configuration, shrink size";
    constexpr std::string_view kLack =
        "not enough, out of memory, cannot allocate, can not allocate, can't allocate, cannot place, "
        "could not allocate, failed to allocate, failed to mirror allocation, unable to allocate, "
        "allocation failed, failed allocation, exceeded, exceeding, exceed, beyond, too large, too small, too big, "
        "no space, no room, does not fit, do not fit, not fit, cannot fit, can't fit, must fit, no longer fit, "
        "cannot hold, insufficient, larger than, greater than, smaller than, more memory than, zone full, is full, "
        "are full, more l1 memory than, ran out, clash, clobbered, exhausted, not be allocated, "
        "more than available, must leave room, must be less than bank size, and fits l1, plan fits, of c fits, "
        "must be smaller than, could not find suitable, failed to find suitable";
    // Whatever it was, an allocation failed: sysmem, a window, a place.
    constexpr std::string_view kNoAllocation =
        "failed to allocate, allocator failed, unable to allocate, out of memory, oom, could not reserve, "
        "cuts into allocated block, overflows region, insufficient memory, memory exhausted, cannot allocate memory, "
        "bad_alloc";
    // Sizes that do not match each other.
    constexpr std::string_view kNoLack =
        "divisible by, should be greater than, relay banks, per reader core, not been created, noc write limit, "
        "signal bit, single-threaded, different total sizes";
    // What exceeds a range or a count is no lack of memory: "circular buffer index 33 exceeds maximum value 31".
    constexpr std::string_view kNoBytes =
        "index, indices, count, number of, max number, num_banks, bank id, compute grid, tile-counter, "
        "tile counter, slots, slot count, receivers, senders, hw buffer_capacity, dram channels, channel value, "
        "address width, precision, offset, cq id, ids, interface limit";
    constexpr std::string_view kIntegers = "uint8, uint16, uint32, uint8_t, uint16_t, uint32_t, field width";
    const std::string words = lower(text);
    if (has_any(words, kNoAllocation)) return true;
    if (has_any(words, kNoLack)) return false;
    // Of whatever memory, where so many bytes are named.
    constexpr std::string_view kNoBytesLeft =
        "cannot fit, cannot allocate, could not allocate, allocation failed, no free block, no free range, "
        "find a free block, find a free range";
    const bool allocation_failed = has_words(words, "allocation of") && has_words(words, "failed");
    if ((allocation_failed || has_any(words, kNoBytesLeft)) && tells_bytes(words)) return true;
    if (!has_any(words, kMemory) || has_any(words, kIntegers)) return false;
    const std::string verdict = words.substr(0, words.find(". "));  // what follows is advice
    if (!tells_bytes(words) && has_any(verdict, kNoBytes)) return false;
    return only_so_much(words) || needs_more(words) || has_any(words, kLack);
}

}  // namespace ttmem
