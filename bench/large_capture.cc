// Writes a capture of so many events with so many allocations that live throughout, for what is measured on large
// recordings (bench/page_paint): large_capture EVENTS LIVE FILE
#include <cstdio>
#include <cstdlib>

#include "src/capture/capture_writer.h"

namespace ttmem {
namespace {

constexpr uint32_t kOps = 40, kTags = 60, kFirstTag = kOps + 1;
constexpr uint32_t kAtOnce = 12;  // short-lived ones

Snapshot tables() {
    Snapshot s;
    for (uint32_t i = 0; i < kOps; ++i) s.texts.push_back("ttnn.operation" + std::to_string(i));
    for (uint32_t i = 0; i < kTags; ++i) s.texts.push_back("layers." + std::to_string(i) + ".weights");
    ChipUse use;
    use.chip.id = ChipId{1};
    use.chip.logical_id = 0;
    use.chip.arch = "wormhole_b0";
    use.chip.pools[static_cast<size_t>(Pool::kDram)] = {12, uint64_t{1} << 30};
    use.chip.pools[static_cast<size_t>(Pool::kL1)] = {64, 1'395'424};
    Process process;
    process.pid = 4242;
    process.comm = "model";
    process.level = "events";
    process.state = ProcessState::kExited;
    process.chips = {use};
    s.processes = {process};
    Place place;
    place.kind = PlaceKind::kChip;
    place.registration = 1;
    place.chips = {ChipId{1}};
    s.places = {place};
    return s;
}

class Events {
public:
    Event alloc(Pool pool, uint64_t handle, uint64_t address, uint64_t bytes) {
        Event event = next(EventKind::kAllocated);
        event.subject = handle;
        event.pool = pool;
        event.address = address;
        event.bytes_per_bank = bytes;
        event.banks = event.data_banks = pool == Pool::kL1 ? 64 : 12;
        event.requested_bytes = bytes * event.banks;
        event.allocation_class = AllocationClass::kTensor;
        event.op = 1 + static_cast<uint32_t>(handle % kOps);
        return event;
    }
    Event free(const Event& was) {
        Event event = was;
        const Event now = next(EventKind::kFreed);
        event.kind = now.kind, event.at = now.at, event.order = now.order;
        return event;
    }

private:
    Event next(EventKind kind) {
        Event event;
        event.kind = kind;
        event.order = ++order_;
        event.at = at_ += 20'000 + static_cast<WallTime>(order_ * 2'654'435'761u % 1'000);
        event.thread = 4242;
        return event;
    }
    uint64_t order_ = 0;
    WallTime at_ = 1'767'225'600'000'000'000;
};

Result<void> write_all(CaptureWriter& writer, uint64_t count, uint64_t live) {
    const Snapshot state = tables();
    Events events;
    std::vector<Event> block, open;
    uint64_t handle = 0, done = 0;
    while (done < count) {
        block.clear();
        for (; block.size() < 60'000 && done + block.size() < count;) {
            ++handle;
            if (handle <= live) {
                block.push_back(events.alloc(Pool::kDram, handle, 4096 * handle, 4096));
                block.back().persistent = true;
                block.back().tag = kFirstTag + static_cast<uint32_t>(handle % kTags);
                continue;
            }
            const bool in_l1 = handle % 3 != 0;
            const uint64_t slot = handle % kAtOnce;
            const uint64_t address = in_l1 ? 200'000 + 65'536 * slot : 4096 * (live + 1) + 1'048'576 * slot;
            block.push_back(events.alloc(in_l1 ? Pool::kL1 : Pool::kDram, handle, address, 2048 * (1 + handle % 16)));
            open.push_back(block.back());
            if (open.size() < kAtOnce) continue;
            block.push_back(events.free(open.front()));
            open.erase(open.begin());
        }
        done += block.size();
        if (const Result<void> written = writer.write(state, {}, block, {}, false); !written) return written;
    }
    return writer.finish(state, 0);
}

int run(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("large_capture EVENTS LIVE FILE\n", stderr);
        return 2;
    }
    Result<CaptureWriter> writer =
        CaptureWriter::create(argv[3], {.overwrite = true, .began_at = 1'767'225'600'000'000'000});
    const Result<void> written =
        writer ? write_all(*writer, std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10))
               : Result<void>(writer.error());
    if (!written) std::fprintf(stderr, "large_capture: %s\n", written.error().what.c_str());
    return written ? 0 : 1;
}

}  // namespace
}  // namespace ttmem

int main(int argc, char** argv) { return ttmem::run(argc, argv); }
