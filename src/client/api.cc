// The C functions. Each looks at the level first and jumps: a disabled call costs a load, a compare and a return.
#include "include/ttmem/ttmem.h"

#include "src/client/process/process.h"
#include "src/client/recording/programs.h"
#include "src/client/recording/record.h"
#include "src/client/recording/scopes.h"
#include "src/client/recording/traces.h"
#include "src/client/registry/failures.h"
#include "src/client/registry/notes.h"
#include "src/client/registry/registry.h"

using namespace ttmem::client;

namespace {

inline uint32_t level() { return process.level.load(std::memory_order_relaxed); }
inline bool is_off() { return level() == TTMEM_LEVEL_OFF; }

}  // namespace

extern "C" {

uint32_t ttmem_version(void) { return TTMEM_VERSION_MAJOR * 1000 + TTMEM_VERSION_MINOR; }

ttmem_level ttmem_get_level(void) { return static_cast<ttmem_level>(level()); }

ttmem_result ttmem_set_level(ttmem_level level) { return is_off() ? TTMEM_INVALID : set_level(level); }

ttmem_text ttmem_intern(const char* text) { return is_off() ? 0 : intern(text); }

ttmem_stack ttmem_intern_frame(ttmem_stack caller, const char* file, uint32_t line, const char* function) {
    return is_off() ? 0 : intern_frame(caller, file, line, function);
}

ttmem_result ttmem_note(ttmem_text text, uint32_t flags) { return is_off() ? TTMEM_OFF : note(text, flags); }

ttmem_result ttmem_register_chip(const ttmem_chip_info* chip) { return is_off() ? TTMEM_OFF : register_chip(chip); }

ttmem_place ttmem_register_place(const ttmem_place_info* place) { return is_off() ? 0 : register_place(place); }

ttmem_result ttmem_open(ttmem_place place) {
    if (!is_off()) return open_place(place);
    say_off();
    return TTMEM_OFF;
}

ttmem_result ttmem_close(ttmem_place place) { return is_off() ? TTMEM_OFF : close_place(place); }

ttmem_handle ttmem_record_alloc(const ttmem_allocation* allocation) {
    const uint32_t now = level();
    if (now == TTMEM_LEVEL_OFF) return 0;
    return now >= TTMEM_LEVEL_EVENTS ? record_alloc<true>(allocation, 0) : record_alloc<false>(allocation, 0);
}

ttmem_handle ttmem_record_alloc_with_stack(const ttmem_allocation* allocation, ttmem_stack stack) {
    return level() == TTMEM_LEVEL_STACKS ? record_alloc<true>(allocation, stack) : ttmem_record_alloc(allocation);
}

ttmem_result ttmem_count_untracked(ttmem_place place, ttmem_pool pool, uint64_t requested_bytes) {
    return is_off() ? TTMEM_OFF : count_untracked(place, pool, requested_bytes);
}

ttmem_result ttmem_record_free(ttmem_handle allocation) {
    const uint32_t now = level();
    if (now == TTMEM_LEVEL_OFF) return TTMEM_OFF;
    return now >= TTMEM_LEVEL_EVENTS ? record_free<true>(allocation) : record_free<false>(allocation);
}

ttmem_result ttmem_record_free_at(ttmem_place place, ttmem_pool pool, uint64_t address) {
    return is_off() ? TTMEM_OFF : record_free_at(place, pool, address);
}

ttmem_result ttmem_record_view(const ttmem_allocation* view) { return is_off() ? TTMEM_OFF : record_view(view); }

ttmem_result ttmem_mark_persistent(ttmem_handle allocation) {
    return is_off() ? TTMEM_OFF : mark_persistent(allocation);
}

ttmem_result ttmem_record_failure(const ttmem_failure* failure) {
    return is_off() ? TTMEM_OFF : record_failure(failure);
}

ttmem_result ttmem_op_begin(ttmem_text op) { return is_off() ? TTMEM_OFF : begin_op(op); }

ttmem_result ttmem_op_end(void) { return is_off() ? TTMEM_OFF : end_op(); }

ttmem_text ttmem_set_tag(ttmem_text tag) { return is_off() ? 0 : set_tag(tag); }

ttmem_result ttmem_iteration_begin(ttmem_text name) { return is_off() ? TTMEM_OFF : begin_iteration(name); }

ttmem_result ttmem_iteration_end(void) { return is_off() ? TTMEM_OFF : end_iteration(); }

ttmem_handle ttmem_program_created(ttmem_text name, uint64_t unique_id) {
    return is_off() ? 0 : program_created(name, unique_id);
}

ttmem_result ttmem_program_planned(ttmem_handle program, ttmem_place place, const ttmem_circular_buffer* buffers,
                                   uint32_t count) {
    return is_off() ? TTMEM_OFF : program_planned(program, place, buffers, count);
}

ttmem_result ttmem_program_dispatched(ttmem_handle program, ttmem_place place) {
    return is_off() ? TTMEM_OFF : program_dispatched(program, place);
}

ttmem_result ttmem_program_cbs_freed(ttmem_handle program) { return is_off() ? TTMEM_OFF : program_cbs_freed(program); }

ttmem_result ttmem_program_cache_cleared(ttmem_place place) {
    return is_off() ? TTMEM_OFF : program_cache_cleared(place);
}

ttmem_result ttmem_trace_begin(ttmem_place place) { return is_off() ? TTMEM_OFF : trace_begin(place); }

ttmem_handle ttmem_trace_end(ttmem_text name, uint64_t number) { return is_off() ? 0 : trace_end(name, number); }

ttmem_result ttmem_trace_replayed(ttmem_handle trace) { return is_off() ? TTMEM_OFF : trace_replayed(trace); }

ttmem_result ttmem_trace_released(ttmem_handle trace) { return is_off() ? TTMEM_OFF : trace_released(trace); }

ttmem_result ttmem_program_destroyed(ttmem_handle program) { return is_off() ? TTMEM_OFF : program_destroyed(program); }

}  // extern "C"
