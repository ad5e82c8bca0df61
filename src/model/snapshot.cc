#include "src/model/snapshot.h"

#include <array>

namespace ttmem {

Mistakes& Mistakes::operator+=(const Mistakes& other) {
    double_frees += other.double_frees, unknown_frees += other.unknown_frees, foreign_frees += other.foreign_frees;
    ambiguous_frees += other.ambiguous_frees, late_frees += other.late_frees;
    invalid_calls += other.invalid_calls, reentrant_calls += other.reentrant_calls;
    return *this;
}

std::optional<WallTime> held_until(const Process& process) {
    if (process.state == ProcessState::kLive) return std::nullopt;
    if (process.state == ProcessState::kExited && process.last_sign_at != 0) return process.last_sign_at;
    if (process.seen_dead_at != 0) return process.seen_dead_at;
    return std::nullopt;
}

std::string_view process_state_name(ProcessState state) {
    static constexpr std::array<std::string_view, 3> kNames = {"live", "exited", "killed"};
    return kNames.at(static_cast<size_t>(state));
}

}  // namespace ttmem
