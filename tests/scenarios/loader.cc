// A program that loads libttmem at run time, as plugins do, beside a copy of it that is linked in.
//
//   scenario-loader dlclose LIBRARY   a thread records 1 MiB, the library is closed, the thread records 1 MiB more
//                                     through it, and ends
//   scenario-loader copies LIBRARY    the copy that is linked in records 1 MiB, the one that is loaded 2 MiB
//
// Then it prints `ready PID`, waits for the end of its input, and ends with 7.
#include <dlfcn.h>

#include <cstdio>
#include <latch>
#include <string>
#include <thread>

#include "tests/scenarios/tracked.h"

namespace {

using ttmem::scenarios::block, ttmem::scenarios::kChipId, ttmem::scenarios::kMiB;

// One copy of the library.
struct Library {
    decltype(&ttmem_register_chip) register_chip;
    decltype(&ttmem_register_place) register_place;
    decltype(&ttmem_record_alloc) record_alloc;

    void record(uint64_t megabytes) const {
        ttmem_chip_info chip{};
        chip.chip_id = kChipId;
        chip.arch = "wormhole_b0";
        chip.pools[TTMEM_POOL_DRAM] = {12, 0, 1 << 30};
        register_chip(&chip);
        ttmem_place_info info{};
        info.kind = TTMEM_PLACE_CHIP;
        info.chip_count = 1;
        info.chip_ids = &kChipId;
        const ttmem_allocation allocation = block(register_place(&info), 0, megabytes * kMiB);
        record_alloc(&allocation);
    }
};

template <class Function>
void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
}

Library load(void* library) {
    Library loaded{};
    find(library, "ttmem_register_chip", loaded.register_chip);
    find(library, "ttmem_register_place", loaded.register_place);
    find(library, "ttmem_record_alloc", loaded.record_alloc);
    return loaded;
}

void close_while_a_thread_uses_it(void* library) {
    const Library loaded = load(library);
    std::latch has_recorded(1), is_closed(1);
    std::thread thread([&] {
        loaded.record(1);
        has_recorded.count_down();
        is_closed.wait();
        loaded.record(1);
    });
    has_recorded.wait();
    dlclose(library);
    is_closed.count_down();
    thread.join();
}

void use_both_copies(void* library) {
    Library{ttmem_register_chip, ttmem_register_place, ttmem_record_alloc}.record(1);
    load(library).record(2);
}

}  // namespace

int main(int argc, char** argv) {
    void* library = argc == 3 ? dlopen(argv[2], RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (library == nullptr) {
        std::fprintf(stderr, "scenario-loader: see the top of loader.cc; %s\n", argc == 3 ? dlerror() : "");
        return 2;
    }
    if (std::string(argv[1]) == "dlclose") {
        close_while_a_thread_uses_it(library);
    } else {
        use_both_copies(library);
    }
    ttmem::scenarios::say_ready();
    ttmem::scenarios::wait_for_end_of_input();
    return 7;
}
