#include "src/analysis/capacity/iteration_peaks.h"

#include <algorithm>

#include "src/base/saturating.h"

namespace ttmem {
namespace {

// Rises within an eighth of each other: binaries and alignment take a little more or less.
bool about_equal(int64_t a, int64_t b) { return std::max(a, b) - std::min(a, b) <= std::max(a, b) / 8; }

}  // namespace

void IterationPeaks::begins(const Replay& replay) {
    live_.assign(replay.chips().size(), {});
    processes_.clear();
    depths_.clear();
}

void IterationPeaks::arrived(const Replay& replay, const LiveBlock& block) {
    const auto pool = static_cast<size_t>(block.pool);
    for (const uint32_t chips : replay.chips_of(block.place)) {
        uint64_t& live = live_[chips][pool];
        live = saturating_add(live, block.reserved_bytes());
        for (auto& [process, of] : processes_) of.cells[chips][pool].most = std::max(of.cells[chips][pool].most, live);
    }
}

void IterationPeaks::left(const Replay& replay, const LiveBlock& block, Departure) {
    for (const uint32_t chips : replay.chips_of(block.place)) {
        uint64_t& live = live_[chips][static_cast<size_t>(block.pool)];
        live -= std::min(live, block.reserved_bytes());
    }
}

void IterationPeaks::applied(const Replay&, const Event& event) {
    if (event.kind != EventKind::kIterationBegun && event.kind != EventKind::kIterationEnded) return;
    int& depth = depths_[{event.process, event.thread}];
    if (event.kind == EventKind::kIterationBegun) {
        if (++depth == 1) processes_[event.process].cells.resize(live_.size());
        return;
    }
    if (depth > 0) --depth;
    if (depth != 0) return;
    Of& of = processes_[event.process];
    of.cells.resize(live_.size());
    ++of.ended;
    for (size_t chips = 0; chips < live_.size(); ++chips) {
        for (size_t pool = 0; pool < kPoolCount; ++pool) {
            Cell& cell = of.cells[chips][pool];
            std::rotate(cell.peaks.begin(), cell.peaks.begin() + 1, cell.peaks.end());
            cell.peaks.back() = cell.most;
            cell.most = live_[chips][pool];
        }
    }
}

void IterationPeaks::lost(const Replay&, uint32_t process) {
    processes_.erase(process);
    std::erase_if(depths_, [&](const auto& entry) { return entry.first.first == process; });
}

std::optional<IterationRise> IterationPeaks::rise(uint32_t process, size_t chips, Pool pool) const {
    const auto found = processes_.find(process);
    if (found == processes_.end() || found->second.ended < kKept) return std::nullopt;
    const Cell& cell = found->second.cells[chips][static_cast<size_t>(pool)];
    const std::array<uint64_t, kKept>& peaks = cell.peaks;
    std::array<int64_t, kKept - 1> rises{};
    for (size_t i = 0; i + 1 < kKept; ++i) rises[i] = static_cast<int64_t>(peaks[i + 1] - peaks[i]);
    if (rises.back() <= 0) return std::nullopt;
    IterationRise rise{.peak = std::max(peaks.back(), cell.most), .bytes = static_cast<uint64_t>(rises.back())};
    rise.is_steady = about_equal(rises[0], rises[2]) && about_equal(rises[1], rises[2]);
    rise.is_growing = !rise.is_steady && rises[0] < rises[1] && rises[1] < rises[2];
    return rise;
}

}  // namespace ttmem
