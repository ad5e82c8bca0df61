// A machine for tests: ledgers in memory, processes that live or not as they are told.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/collector/system.h"
#include "tests/support/test_ledger.h"

namespace ttmem {

// One ledger file and its process.
struct FakeLedger {
    ledger::TestLedger bytes;
    bool lives = true;
    int ends_after_asks = 0;  // its process ends when its life has been asked for so often; 0: not by itself
    bool pid_is_right = true;
    FileFacts facts;

    explicit FakeLedger(ledger::Geometry geometry = ledger::TestLedger::small()) : bytes(geometry) {}
};

class FakeSystem final : public System {
public:
    struct Directory {
        uint32_t owner = 1000;
        std::string note;
        std::string listing_error;                                   // "" all names are listed
        std::map<std::string, std::shared_ptr<FakeLedger>> ledgers;  // by name
        std::map<std::string, std::string> refused;                  // by name: why they cannot be opened
    };

    // A ledger with an id, pid and run of its own in directory `path`.
    FakeLedger& add(const std::string& path, uint8_t id, uint32_t pid, uint8_t run = 0,
                    ledger::Geometry geometry = ledger::TestLedger::small()) {
        auto ledger = std::make_shared<FakeLedger>(geometry);
        ledger::StaticHeader& fixed = ledger->bytes.map.header->fixed;
        fixed.ledger_id[15] = id;
        fixed.run_id[15] = run;
        fixed.pid = pid;
        ledger->bytes.reseal();
        ledger->facts = {1, id, directories_[path].owner, ledger->bytes.bytes(), ledger->bytes.bytes(), 1000};
        const std::string name = std::string(30, '0') + "0" + static_cast<char>('a' + id % 6) + std::to_string(id);
        directories_[path].ledgers[name] = ledger;
        return *ledger;
    }
    Directory& directory(const std::string& path) { return directories_[path]; }
    std::vector<UnreadableDirectory> unreadable;
    uint32_t me = 1;  // the user that looks; directories are user 1000's
    WallTime time = 1'700'000'100'000'000'000;

    WallTime now() const override { return time; }
    uint32_t user() const override { return me; }
    std::optional<uint64_t> tsc() const override { return std::nullopt; }
    std::array<uint8_t, 16> boot_id() const override { return {}; }
    bool maps(uint32_t pid, const FileFacts& file) const override {
        for (const auto& [path, directory] : directories_) {
            for (const auto& [name, ledger] : directory.ledgers) {
                if (ledger->facts.inode != file.inode) continue;
                return ledger->lives && ledger->pid_is_right && ledger->bytes.map.header->fixed.pid == pid;
            }
        }
        return false;
    }
    LedgerDirectories directories() const override {
        LedgerDirectories found;
        for (auto& [path, directory] : directories_) {
            found.readable.push_back(std::make_unique<View>(path, directory));
        }
        found.unreadable = unreadable;
        return found;
    }

private:
    class File final : public LedgerFile {
    public:
        explicit File(std::shared_ptr<FakeLedger> ledger)
            : ledger_(std::move(ledger)), source_(ledger_->bytes.source()) {}
        const FileFacts& facts() const override { return ledger_->facts; }
        const ledger::ByteSource& bytes() const override { return source_; }
        bool writer_lives() const override {
            const bool lives = ledger_->lives;
            if (ledger_->ends_after_asks > 0 && --ledger_->ends_after_asks == 0) ledger_->lives = false;
            return lives;
        }

    private:
        std::shared_ptr<FakeLedger> ledger_;
        ledger::MemorySource source_;
    };

    class View final : public LedgerDirectory {
    public:
        View(std::string path, Directory& directory) : path_(std::move(path)), directory_(directory) {}
        const std::string& path() const override { return path_; }
        uint32_t owner() const override { return directory_.owner; }
        const std::string& note() const override { return directory_.note; }
        LedgerNames names(size_t limit) const override {
            LedgerNames found;
            found.error = directory_.listing_error;
            for (const auto& [name, ledger] : directory_.ledgers) found.names.push_back(name);
            for (const auto& [name, reason] : directory_.refused) found.names.push_back(name);
            found.left_out = found.names.size() > limit ? found.names.size() - limit : 0;
            found.names.resize(found.names.size() - found.left_out);
            return found;
        }
        Result<std::unique_ptr<LedgerFile>> open(const std::string& name) const override {
            if (const auto bad = directory_.refused.find(name); bad != directory_.refused.end()) {
                return Error{bad->second, "", ""};
            }
            const auto found = directory_.ledgers.find(name);
            if (found == directory_.ledgers.end()) return Error{};
            return std::unique_ptr<LedgerFile>(new File(found->second));
        }
        Result<void> remove(const std::string& name, const FileFacts&) override {
            directory_.ledgers.erase(name);
            return {};
        }
        Result<void> mark_dead(const std::string& name, const FileFacts&, WallTime now) override {
            directory_.ledgers.at(name)->facts.modified_at = now / 1'000'000'000 * 1'000'000'000 + kSeenDeadNanoseconds;
            return {};
        }

    private:
        std::string path_;
        Directory& directory_;
    };

    mutable std::map<std::string, Directory> directories_;
};

}  // namespace ttmem
