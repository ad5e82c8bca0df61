// The process in which something fails: it records a little of everything, and writes down what the calls said.
//
//     fault-victim FILE     exit code 0; 40 when the call that should fail was not made; 3 when errno was changed
//
// FILE: live allocations, their bytes, and allocations that were not recorded.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/faults/fault.h"
#include "ttmem/ttmem.h"

namespace ttmem::faults {
namespace {

constexpr int kDone = 0, kErrnoChanged = 3, kNotReached = 40;

struct Report {
    uint64_t live = 0, live_bytes = 0, refused = 0;
};

class Victim {
public:
    Report run() {
        ttmem_chip_info chip{};
        chip.chip_id = 11;
        chip.arch = "wormhole_b0";
        chip.pools[TTMEM_POOL_DRAM] = {12, 0, 1 << 30};
        const ttmem_place_info info{TTMEM_PLACE_CHIP, 0, 0, 1, &chip.chip_id, "chip"};
        ttmem_register_chip(&chip);
        place_ = ttmem_register_place(&info);
        ttmem_open(place_);
        ttmem_op_begin(ttmem_intern("ttnn.matmul"));
        std::vector<ttmem_handle> handles;
        for (int i = 0; i < 70; ++i) handles.push_back(allocate());
        std::thread([this] { allocate(); }).join();
        for (int i = 0; i < 35; ++i) free(handles[static_cast<size_t>(i)]);
        for (int i = 35; i < 40; ++i) free_at(i, handles[static_cast<size_t>(i)]);
        run_program();
        ttmem_set_level(TTMEM_LEVEL_COUNTS);
        ttmem_set_level(TTMEM_LEVEL_EVENTS);
        ttmem_op_end();
        return report_;
    }

private:
    static constexpr uint64_t kBytes = 4096;

    ttmem_handle allocate() {
        ttmem_allocation allocation{};
        allocation.place = place_;
        allocation.kind = TTMEM_CLASS_TENSOR;
        allocation.flags = TTMEM_BY_ADDRESS;
        allocation.address = kBytes * made_++;
        allocation.requested_bytes = kBytes;
        allocation.bytes_per_bank = 512;
        allocation.banks = allocation.data_banks = 12;
        const ttmem_handle handle = ttmem_record_alloc(&allocation);
        if (handle == 0) {
            ++report_.refused;
        } else {
            ++report_.live, report_.live_bytes += kBytes;
        }
        return handle;
    }

    void free(ttmem_handle handle) { count_free(ttmem_record_free(handle), handle); }
    void free_at(int number, ttmem_handle handle) {
        count_free(ttmem_record_free_at(place_, TTMEM_POOL_DRAM, kBytes * static_cast<uint64_t>(number)), handle);
    }
    void count_free(ttmem_result result, ttmem_handle handle) {
        if (handle == 0 || result != TTMEM_OK) return;
        --report_.live, report_.live_bytes -= kBytes;
    }

    void run_program() {
        const ttmem_core_range cores{0, 0, 7, 7};
        const ttmem_circular_buffer buffer{0, 0, 1, 0, 100000, 4096, &cores};
        const ttmem_handle program = ttmem_program_created(ttmem_intern("matmul"), 5);
        ttmem_program_planned(program, place_, &buffer, 1);
        ttmem_program_dispatched(program, place_);
        ttmem_trace_begin(place_);
        for (int i = 0; i < 5000; ++i) ttmem_program_dispatched(program, place_);  // more than it has room for at first
        const ttmem_handle trace = ttmem_trace_end(ttmem_intern("decode"), 1);
        ttmem_trace_replayed(trace);
        ttmem_trace_released(trace);
        ttmem_program_cbs_freed(program);
        ttmem_program_destroyed(program);
    }

    ttmem_place place_ = 0;
    uint64_t made_ = 0;
    Report report_;
};

int run(const char* report_file) {
    errno = 4711;
    const Report report = Victim().run();
    if (errno != 4711) return kErrnoChanged;
    std::ofstream(report_file) << report.live << ' ' << report.live_bytes << ' ' << report.refused;
    return has_happened() || std::getenv(kFaultVariable) == nullptr ? kDone : kNotReached;
}

}  // namespace
}  // namespace ttmem::faults

int main(int argc, char** argv) { return argc == 2 ? ttmem::faults::run(argv[1]) : 2; }
