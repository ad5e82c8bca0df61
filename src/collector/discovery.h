// Finds ledgers and keeps them open.
//
// A ledger is known by the file it is (device and inode), not by its name. What cannot be used is refused with a
// reason, once, and the rest goes on. A user with thousands of ledgers harms only the view of his own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/collector/system.h"
#include "src/ledger/layout.h"
#include "src/reader/validate.h"

namespace ttmem {

struct DiscoveryLimits {
    size_t names_per_directory = 16384;
    size_t ledgers_per_user = 512;  // live ones before dead ones, then the newest
    uint64_t bytes_per_user = 2ull << 30;
};

// A ledger that was not read, and why.
struct RefusedLedger {
    std::string path;
    uint32_t uid = 0;  // of its directory
    std::string reason;
    bool newer = false;  // it needs a newer ttmem
};

// A ledger that was found, open.
struct FoundLedger {
    std::string path;
    std::unique_ptr<LedgerFile> file;
    ledger::StaticHeader header;  // validated: it never changes
    ledger::Regions regions;

    LedgerId id() const;
    LedgerId run() const;     // 0 without
    LedgerId parent() const;  // 0 without
};

class Discovery {
public:
    using Wanted = std::function<bool(const ledger::StaticHeader&)>;

    // `wanted` decides which ledgers are kept. `system` must outlive it.
    Discovery(const System& system, const DiscoveryLimits& limits, Wanted wanted);

    // Looks at all directories for what is new. Ledgers stay open until this object goes, also when their names are
    // gone: whoever holds one open can still read it.
    void refresh();

    const std::vector<std::unique_ptr<FoundLedger>>& ledgers() const { return ledgers_; }
    const std::vector<RefusedLedger>& refused() const { return refused_; }
    const std::vector<std::string>& unreadable() const { return unreadable_; }  // directories, at the last refresh
    const std::vector<std::string>& notes() const { return notes_; }            // of directories, at the last refresh
    const std::vector<std::string>& left_out() const { return left_out_; }      // sentences on what limits left out

    // Takes a ledger out that turned out to be none.
    void refuse(const FoundLedger& ledger, std::string reason, bool newer);

private:
    using FileKey = std::pair<uint64_t, uint64_t>;

    struct Share {  // of one user
        size_t ledgers = 0;
        uint64_t bytes = 0;
    };

    void look_into(const LedgerDirectory& directory);
    void look_at(const LedgerDirectory& directory, const std::string& name);
    std::string unfit(FoundLedger& ledger, bool& newer) const;
    void keep(std::unique_ptr<FoundLedger> ledger);
    bool make_room(const FoundLedger& ledger);
    void drop(size_t index);

    const System& system_;
    DiscoveryLimits limits_;
    Wanted wanted_;
    std::vector<std::unique_ptr<FoundLedger>> ledgers_;
    std::vector<RefusedLedger> refused_;
    std::vector<std::string> unreadable_, notes_, left_out_;
    std::set<std::string> looked_at_;  // paths that need no other look: a ledger's name is never used again
    std::set<FileKey> files_;
    std::set<std::pair<uint32_t, LedgerId>> ids_;
    std::map<uint32_t, Share> shares_;
    std::map<uint32_t, std::set<std::string>> over_limit_;  // by user: paths that found no room
};

}  // namespace ttmem
