#include "src/collector/written_ledgers.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "src/base/fd.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_ledger.h"

namespace ttmem {
namespace {

std::vector<WrittenLedger> ours() {
    std::ifstream stream("/proc/self/maps");
    const std::string maps{std::istreambuf_iterator<char>(stream), {}};
    return written_ledgers(static_cast<uint32_t>(::getpid()), maps);
}

TEST(WrittenLedgers, AreReadOutOfTheMemoryOfWhoWritesThemWhateverBecameOfTheirFiles) {
    TemporaryDirectory temporary{TemporaryDirectory::kInMemory};
    ledger::TestLedger bytes;
    std::fill_n(bytes.map.header->fixed.ledger_id, 16, uint8_t{0xab});
    bytes.map.header->fixed.run_id[15] = 7;
    bytes.reseal();
    const std::string path = temporary.path().string() + "/" + std::string(32, 'a') + ".ledger";
    for (const bool has_name_first : {true, false}) {
        const ScopedFd fd(has_name_first ? ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)
                                         : ::open(temporary.path().c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
        ASSERT_TRUE(fd);
        ASSERT_EQ(::ftruncate(fd.get(), static_cast<off_t>(bytes.bytes())), 0);
        void* memory = ::mmap(nullptr, bytes.bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
        ASSERT_NE(memory, MAP_FAILED);
        EXPECT_TRUE(ours().empty()) << "it is still being made";
        std::memcpy(memory, bytes.memory(), bytes.bytes());
        ::unlink(path.c_str());
        const std::vector<WrittenLedger> ledgers = ours();
        ASSERT_EQ(ledgers.size(), 1u);
        EXPECT_EQ(ledgers[0].run, LedgerId{7});
        EXPECT_EQ(static_cast<uint64_t>(ledgers[0].id.value), 0xabababababababab);
        ::munmap(memory, bytes.bytes());
        EXPECT_TRUE(ours().empty());
    }
}

TEST(WrittenLedgers, OfAProcessWhoseMemoryMayNotBeReadAreThereAllTheSame) {
    const auto ledgers = written_ledgers(1u << 30, "7f00-7f01 rw-s 00000000 00:1b 7 /dev/shm/ttmem-0/#7 (deleted)\n");
    ASSERT_EQ(ledgers.size(), 1u);
    EXPECT_EQ(ledgers[0].id, LedgerId{});
}

}  // namespace
}  // namespace ttmem
