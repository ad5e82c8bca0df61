// A capture with everything in it, and what was written to it.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "src/capture/capture_writer.h"
#include "src/capture/fields.h"
#include "tests/support/event_maker.h"
#include "tests/support/temporary_directory.h"

namespace ttmem {

// Bytes of any model value: equal bytes are equal values.
template <class T>
Bytes bytes_of(T value) {
    Bytes bytes;
    capture::FieldWriter writer(bytes);
    capture::item_fields(writer, value);
    return bytes;
}
template <class T>
Bytes bytes_of(const std::vector<T>& values) {
    Bytes bytes;
    for (const T& value : values) {
        const Bytes one = bytes_of(value);
        put_number(bytes, one.size());
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    return bytes;
}

struct WrittenCapture {
    static constexpr uint32_t kPlans = 3, kStacks = 5;

    TemporaryDirectory folder;
    std::string path = (folder.path() / "a.ttmem").string();
    Snapshot state;
    std::vector<Event> events;
    std::vector<Allocation> live_before;
    std::vector<HistoryGap> gaps;

    WrittenCapture() {
        state.generated_at = 1'700'000'001'000'000'000;
        for (uint64_t i = 1; i < EventMaker::kTexts; ++i) state.texts.push_back("text " + std::to_string(i));
        for (uint32_t i = 0; i < 2; ++i) {
            Process process;
            process.ledger.value = (static_cast<unsigned __int128>(0x1234) << 64) + i;
            process.pid = 42 + i;
            process.comm = "py\x01thon";
            process.started_at = 5;
            process.coverage.note("a remark", false);
            Failure failure;
            failure.kind = FailureKind::kCbClash;
            failure.place = PlaceIndex{1};
            failure.requested_bytes = 7;
            process.failures.push_back(failure);
            process.chips.push_back(chip());
            process.chips.back().cb.is_bound = i == 1;
            state.processes.push_back(process);
        }
        for (uint32_t i = 0; i < EventMaker::kPlaces; ++i) {
            Place place;
            place.kind = i % 2 == 0 ? PlaceKind::kMesh : PlaceKind::kMeshPart;
            place.number = i;
            place.name = "mesh";
            place.chips = {ChipId{0x10}, ChipId{UINT64_MAX}};
            place.opening = 4096 + i;
            place.closed_at = 77;
            state.places.push_back(place);
        }
        Program program;
        program.handle = 99;
        program.name = "matmul";
        ProgramCbs cbs;
        cbs.plan.buffers.push_back({3, false, 101152, 4096, {{0, 0, 7, 7}}, CbKind::kDataflow});
        cbs.resident_on.push_back({ChipId{0x10}, cbs.plan.buffers[0].core_set()});
        program.cbs.push_back(cbs);
        state.programs.push_back(program);
        for (uint32_t i = 0; i < kPlans; ++i) {
            state.plans.push_back(cbs.plan);
            state.plans.back().buffers[0].bytes += i;
        }
        for (uint32_t i = 1; i < kStacks; ++i) state.stacks.push_back({i / 2, 1, i, 42});
        state.traces.push_back({});
        state.chips = {chip(), chip()};
        state.chips[1].cb.is_bound = true;
        state.coverage.note("something is missing");
        Allocation allocation;
        allocation.handle = 1 << 20 | 5;
        allocation.requested_bytes = 1000;
        allocation.program = 1;
        allocation.since = -5;
        live_before = {allocation, allocation};
        live_before[1].handle = 2 << 20 | 6;
        live_before[1].iteration = 3, live_before[1].iteration_over = true;
        state.allocations.push_back(allocation);
        allocation.persistent = true;
        allocation.stack = 3;
        state.allocations.push_back(allocation);
        gaps.push_back({ProcessIndex{1}, 3, 4, 5, "its rings were overwritten"});
        EventMaker maker(7);
        for (int i = 0; i < 400; ++i) {
            events.push_back(maker.next());
            if (events.back().kind == EventKind::kPlanChanged)
                events.back().plan = static_cast<uint32_t>(i) % (1 + kPlans);
            if (events.back().kind == EventKind::kAllocated) events.back().stack = static_cast<uint32_t>(i) % kStacks;
        }
    }

    static ChipUse chip() {
        ChipUse use;
        use.chip.id = ChipId{0x10};
        use.chip.arch = "wormhole_b0";
        use.chip.pools[0] = ChipDescription::PoolBanks{12, 1 << 30};
        use.pool(Pool::kDram).requested_bytes = 5;
        use.pool(Pool::kDram).peak_reserved = Interval{1, 2};
        CbRegions regions;
        CoreSet cores;
        cores.add(CoreRange{1, 2, 3, 31});
        regions.reserved.push_back({101152, 4096, cores});
        use.cb.regions = std::make_shared<const CbRegions>(regions);
        return use;
    }

    // In blocks of 100 events, with a state in between.
    Result<void> write(bool finish = true) {
        Result<CaptureWriter> writer = CaptureWriter::create(path, {.overwrite = true, .began_at = 1'700'000'000});
        if (!writer) return writer.error();
        for (size_t i = 0; i < events.size(); i += 100) {
            const std::span part = std::span(events).subspan(i, std::min<size_t>(100, events.size() - i));
            const auto first = [&](auto& list) { return i == 0 ? std::span(list) : std::span(list).first(0); };
            const Result<void> written = writer->write(state, first(live_before), part, first(gaps), true);
            if (!written) return written;
            if (i == 100) {
                if (Result<void> stated = writer->write_state(state); !stated) return stated;
            }
        }
        return finish ? writer->finish(state, 1'700'000'002'000'000'000) : Result<void>();
    }

    std::string bytes() const {
        std::ifstream file(path, std::ios::binary);
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }
    void put(const std::string& bytes) const {
        std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
};

inline std::vector<Event> all_events(const Recording& recording) {
    std::vector<Event> events, block;
    recording.source->rewind();
    while (recording.source->next(block)) events.insert(events.end(), block.begin(), block.end());
    return events;
}

}  // namespace ttmem
