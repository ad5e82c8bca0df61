// Reports that do not say which chips a mesh has, at random, with the truth.
#include <map>
#include <random>

#include "tests/support/report_file.h"

namespace ttmem {
namespace {

class LearnedMeshesTest : public ReportFile {
protected:
    using Chips = std::vector<uint32_t>;

    uint64_t below(uint64_t end) { return random_() % end; }

    uint64_t allocate(uint32_t mesh) {
        for (;;) {
            const uint64_t address = 1300000 - 8192 * (1 + below(30));
            if (live_[mesh].emplace(address, 64 * (1 + below(99))).second) return address;
        }
    }

    void look() {
        for (const auto& [mesh, chips] : chips_) {
            uint64_t bytes = 0;
            for (const auto& [address, per_bank] : live_[mesh]) bytes += per_bank;
            for (const uint32_t chip : chips) peaks_[chip] = std::max(peaks_[chip], bytes);
        }
    }

    Json told(uint32_t mesh, uint64_t address) const {
        const uint64_t per_bank = live_.at(mesh).at(address);
        return buffer(address, per_bank * 64, per_bank, static_cast<int>(mesh));
    }

    // Allocates, or frees what the operation or an earlier one allocated.
    void step(uint32_t mesh, std::vector<uint64_t>& mine, Json& nodes) {
        if (!mine.empty() && below(3) == 0) {
            const size_t at = below(mine.size());
            nodes.push_back(node("buffer_deallocate", told(mesh, mine[at])));
            live_[mesh].erase(mine[at]);
            mine.erase(mine.begin() + static_cast<ptrdiff_t>(at));
        } else {
            mine.push_back(allocate(mesh));
            nodes.push_back(node("buffer_allocate", told(mesh, mine.back())));
        }
        look();
    }

    void operation(int id) {
        const uint32_t mesh = std::next(chips_.begin(), static_cast<ptrdiff_t>(below(chips_.size())))->first;
        std::vector<uint64_t> mine;
        for (const auto& [address, per_bank] : live_[mesh]) {
            if (id > 1) mine.push_back(address);  // what the table has told of
        }
        for (const auto& [any, chips] : chips_) {
            if (below(2) == 0) allocate(any);  // before the operation: the table alone tells of it
        }
        look();
        Json nodes = Json::array({start("a")});
        for (uint64_t steps = below(4); steps > 0; --steps) step(mesh, mine, nodes);
        nodes.push_back(end("a"));
        const std::string key = std::to_string(id);
        sql("INSERT INTO operations VALUES (" + key + ", 'a', 1)");
        graph(id, nodes);
        for (const auto& [any, chips] : chips_) {
            for (const uint32_t chip : chips) {
                for (const auto& [address, per_bank] : live_[any])
                    sql("INSERT INTO buffers VALUES (" + key + ", " + std::to_string(chip) + ", " +
                        std::to_string(address) + ", " + std::to_string(per_bank) + ", 1)");
            }
        }
    }

    void make(uint32_t seed) {
        random_.seed(seed);
        chips_.clear(), live_.clear(), peaks_.clear();
        sql("DROP TABLE IF EXISTS operations; DROP TABLE IF EXISTS buffers; DROP TABLE IF EXISTS captured_graph");
        sql(kOperations);
        sql(kOldBuffers);
        sql(kGraphs);
        uint32_t chip = 0;
        for (uint32_t mesh = 20; mesh < 21 + seed % 2; ++mesh) {
            for (uint32_t end = chip + (1u << below(3)); chip < end; ++chip) chips_[mesh].push_back(chip);
            allocate(mesh);
        }
        sql("BEGIN");
        const int operations = 2 + static_cast<int>(below(5));
        for (int id = 1; id <= operations; ++id) operation(id);
        sql("COMMIT");
    }

    std::mt19937 random_;
    std::map<uint32_t, Chips> chips_;                        // by mesh
    std::map<uint32_t, std::map<uint64_t, uint64_t>> live_;  // bytes per bank by address, likewise
    std::map<uint32_t, uint64_t> peaks_;                     // bytes per bank, by chip
};

TEST_F(LearnedMeshesTest, NoDeviceIsCountedTwiceWhereverItIsToldFirst) {
    int compared = 0, undecided = 0;
    for (uint32_t seed = 0; seed < 60; ++seed) {
        make(seed);
        const Result<ImportedUse> report = read();
        ::sqlite3_open(path().c_str(), &database_);
        sql("PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF");
        ASSERT_TRUE(report);
        // Where no graph allocates, the ids of the table may be of meshes.
        if (report->allocations.value_or(0) == 0) continue;
        ++compared;
        // "chip 3", or "mesh 3" where no graph tells of a mesh that has it: once, in any case.
        std::map<uint32_t, uint64_t> peaks;
        for (const ImportedChip& chip : report->chips) {
            const auto id = static_cast<uint32_t>(std::stoul(chip.name.substr(5)));
            EXPECT_TRUE(peaks.emplace(id, chip.peak(Pool::kL1).bytes_per_bank.value_or(0)).second) << chip.name;
        }
        // What graphs tell of a mesh that leaves nothing in the table is nobody's.
        const bool apart = peaks.contains(20) || peaks.contains(21);
        undecided += apart ? 1 : 0;
        if (!apart) {
            EXPECT_EQ(peaks, peaks_) << "seed " << seed;
        }
    }
    EXPECT_GT(compared, 30);
    EXPECT_LT(undecided, compared / 10);
}

}  // namespace
}  // namespace ttmem
