// A large, reused array of plain records that is not cleared when it grows: filling 64 MiB with zeros first would cost
// as much as reading them.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace ttmem::ledger {

// Keeps its memory until it is destroyed. Throws std::bad_alloc as a vector would.
template <class Record>
class PageBuffer {
    static_assert(std::is_trivially_copyable_v<Record>);

public:
    PageBuffer() = default;
    PageBuffer(PageBuffer&& other) noexcept
        : records_(std::exchange(other.records_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          bytes_(std::exchange(other.bytes_, 0)) {}
    PageBuffer& operator=(PageBuffer&& other) noexcept {
        std::swap(records_, other.records_);
        std::swap(size_, other.size_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~PageBuffer() {
        if (records_ != nullptr) ::munmap(records_, bytes_);
    }

    // Room for `count` records; what is in it is undefined after this.
    void reserve(size_t count) {
        if (count * sizeof(Record) <= bytes_) return;
        const size_t unit = count * sizeof(Record) > 2 * kHugePage ? kHugePage : kPage;
        const size_t bytes = (count * sizeof(Record) + unit - 1) / unit * unit;
        void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();  // GCOV_EXCL_BR_LINE: as of every allocation
        // 511 page faults fewer per 2 MiB where there are many; fine without.
        if (unit == kHugePage) ::madvise(memory, bytes, MADV_HUGEPAGE);
        if (records_ != nullptr) ::munmap(records_, bytes_);
        records_ = static_cast<Record*>(memory);
        bytes_ = bytes;
        size_ = 0;
    }

    // Requires: count records have room.
    void set_size(size_t count) { size_ = count; }
    // Requires: there is room for one more.
    void push_back(const Record& record) { records_[size_++] = record; }

    size_t capacity() const { return bytes_ / sizeof(Record); }
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    Record* data() { return records_; }
    const Record* data() const { return records_; }
    Record& operator[](size_t i) { return records_[i]; }
    const Record& operator[](size_t i) const { return records_[i]; }
    Record* begin() { return records_; }
    Record* end() { return records_ + size_; }
    const Record* begin() const { return records_; }
    const Record* end() const { return records_ + size_; }

private:
    static constexpr size_t kPage = 4096, kHugePage = 2 << 20;
    Record* records_ = nullptr;
    size_t size_ = 0;
    size_t bytes_ = 0;
};

}  // namespace ttmem::ledger
