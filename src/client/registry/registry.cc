#include "src/client/registry/registry.h"

#include "src/client/process/slow_path.h"
#include "src/client/sessions/sessions.h"
#include "src/client/tables/chips.h"
#include "src/client/tables/places.h"
#include "src/client/tables/texts.h"
#include "src/client/threads/history.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {
namespace {

// The bits of the place's chips; 0 when one of them is not registered. Requires: the book's lock.
uint64_t chips_of(const ttmem_place_info& place) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < place.chip_count; ++i) {
        const int chip = chips.find(place.chip_ids[i]);
        if (chip < 0) return 0;
        bits |= 1ull << chip;
    }
    return bits;
}

}  // namespace

ttmem_result set_level(ttmem_level level) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    const SlowPath slow;
    if (level != TTMEM_LEVEL_COUNTS && level != TTMEM_LEVEL_EVENTS && level != TTMEM_LEVEL_STACKS) return refuse();
    const bool had_history = wants_history();
    process.level.store(level, std::memory_order_relaxed);
    live_header().level.store(level, std::memory_order_release);
    refresh_anchor();
    if (had_history || wants_history()) record_plain_event(call.thread, ledger::Op::kLevel, level);
    return TTMEM_OK;
}

ttmem_text intern(const char* text) {
    Call call;
    if (!call.ready()) return 0;
    const SlowPath slow;
    return texts.intern(text);
}

ttmem_stack intern_frame(ttmem_stack caller, const char* file, uint32_t line, const char* function) {
    Call call;
    if (!call.ready()) return 0;
    const SlowPath slow;
    if (file == nullptr || *file == 0 || !texts.is_known(caller)) return refuse(), 0;
    return texts.intern_frame(caller, file, line, function);
}

ttmem_result register_chip(const ttmem_chip_info* chip) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    const SlowPath slow;
    if (chip == nullptr) return refuse();
    const ttmem_text arch = texts.intern(chip->arch);
    LockGuard guard(process.page->book);
    return chips.add(*chip, arch);
}

ttmem_place register_place(const ttmem_place_info* info) {
    Call call;
    if (!call.ready()) return 0;
    const SlowPath slow;
    const bool valid = info != nullptr && info->kind >= TTMEM_PLACE_CHIP && info->kind <= TTMEM_PLACE_MESH_PART &&
                       (info->kind == TTMEM_PLACE_MESH_PART) == (info->parent != 0) && info->chip_count >= 1 &&
                       info->chip_count <= ledger::kMaxChips && info->chip_ids != nullptr;
    if (!valid) return refuse(), 0;
    const ttmem_text name = texts.intern(info->name);
    LockGuard guard(process.page->book);
    const uint64_t chip_bits = chips_of(*info);
    if (chip_bits == 0 || (info->parent != 0 && places.find(info->parent) == nullptr)) return refuse(), 0;
    Place place;
    place.kind = info->kind;
    place.number = info->number;
    place.parent = info->parent;
    place.name = name;
    place.chips = chip_bits;
    return places.add(place);
}

ttmem_result open_place(ttmem_place place) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    const SlowPath slow;
    bool known = false;
    const uint32_t session = open_session(call.thread, place, known);
    refresh_anchor();
    return session != 0 ? TTMEM_OK : known ? TTMEM_FULL : refuse();
}

ttmem_result close_place(ttmem_place place) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    const SlowPath slow;
    const ttmem_result result = close_sessions(call.thread, place);
    refresh_anchor();
    return result == TTMEM_INVALID ? refuse() : result;
}

}  // namespace ttmem::client
