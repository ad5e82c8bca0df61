// An array of zeros in private memory, as large as a ledger has records. Only what is touched takes memory.
#pragma once

#include <stdint.h>
#include <sys/mman.h>

#include <atomic>

namespace ttmem::client {

template <class T>
class PrivateTable {
public:
    // All zeros again, with `count` elements. False when there is no memory: then it has none.
    bool reset(uint64_t count) {
        clear();
        bytes_ = count * sizeof(T);
        void* memory =
            mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) return false;
        data_.store(static_cast<T*>(memory), std::memory_order_release);
        return true;
    }

    // No elements, no memory.
    void clear() {
        T* old = data_.exchange(nullptr, std::memory_order_relaxed);
        if (old != nullptr) munmap(static_cast<void*>(old), bytes_);
    }

    // nullptr before the first reset.
    T* data() const { return data_.load(std::memory_order_acquire); }
    T& operator[](uint64_t i) const { return data_.load(std::memory_order_relaxed)[i]; }

private:
    std::atomic<T*> data_{nullptr};
    uint64_t bytes_ = 0;
};

}  // namespace ttmem::client
