// Finding a function of the kernel in the memory of a process.
#include "src/client/vdso.h"

#include <gtest/gtest.h>
#include <link.h>
#include <sys/auxv.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ttmem::client {
namespace {

constexpr uint64_t kAddress = 0x1000;  // at which the image wants to be
constexpr uint64_t kFunction = 0x2345;

// As small as an image can be: two functions by name, and where their tables are.
struct Image {
    ElfW(Ehdr) header{};
    ElfW(Phdr) segments[3] = {};
    ElfW(Dyn) dynamic[5] = {};
    ElfW(Sym) symbols[3] = {};
    char names[16] = "\0other\0wanted";
    uint32_t hash[2] = {1, 3};

    explicit Image(const std::vector<int64_t>& tables = {DT_HASH, DT_STRTAB, DT_SYMTAB}) {
        header.e_phoff = offsetof(Image, segments);
        header.e_phnum = 3;
        segments[0].p_type = PT_LOAD;
        segments[0].p_vaddr = kAddress;
        segments[1].p_type = PT_NOTE;
        segments[2].p_type = PT_DYNAMIC;
        segments[2].p_offset = offsetof(Image, dynamic);
        for (size_t i = 0; i < tables.size(); ++i) {
            dynamic[i].d_tag = tables[i];
            dynamic[i].d_un.d_ptr = kAddress + (tables[i] == DT_HASH     ? offsetof(Image, hash)
                                                : tables[i] == DT_STRTAB ? offsetof(Image, names)
                                                                         : offsetof(Image, symbols));
        }
        symbols[1].st_name = 1;
        symbols[2].st_name = 7;
        symbols[2].st_value = kAddress + kFunction;
    }
    const char* bytes() const { return reinterpret_cast<const char*>(this); }
};

TEST(Vdso, a_function_is_found_by_its_name) {
    const Image image;
    EXPECT_EQ(find_in_image(image.bytes(), "wanted"), image.bytes() + kFunction);
    EXPECT_EQ(find_in_image(image.bytes(), "unwanted"), nullptr);
}

TEST(Vdso, an_image_that_lacks_a_table_has_no_functions) {
    for (const std::vector<int64_t>& tables :
         {std::vector<int64_t>{}, {DT_STRTAB, DT_HASH}, {DT_SYMTAB, DT_HASH}, {DT_SYMTAB, DT_STRTAB}}) {
        const Image image(tables);
        EXPECT_EQ(find_in_image(image.bytes(), "wanted"), nullptr);
    }
}

TEST(Vdso, the_clock_is_the_c_librarys) {
    const ClockGettime gettime = find_clock_gettime();
    timespec before{}, now{}, after{};
    ASSERT_EQ(clock_gettime(CLOCK_MONOTONIC_COARSE, &before), 0);
    ASSERT_EQ(gettime(CLOCK_MONOTONIC_COARSE, &now), 0);
    ASSERT_EQ(clock_gettime(CLOCK_MONOTONIC_COARSE, &after), 0);
    const auto nanoseconds = [](const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; };
    EXPECT_LE(nanoseconds(before), nanoseconds(now));
    EXPECT_LE(nanoseconds(now), nanoseconds(after));
}

#if defined(__x86_64__)
TEST(Vdso, is_used_where_the_kernel_gives_one) {
    const bool given = getauxval(AT_SYSINFO_EHDR) != 0;
    EXPECT_EQ(find_clock_gettime() != &clock_gettime, given);
}
#endif

}  // namespace
}  // namespace ttmem::client
