// Finds ledgers and keeps them open.
//
// A ledger is known by the file it is (device and inode), not by its name. What cannot be used is refused with a
// reason, once, and the rest goes on. The ledgers of the user who looks, and those that were asked for, are all read;
// limits bound what the files of others may cost, by the memory that they really take.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/collector/system.h"
#include "src/ledger/layout.h"
#include "src/reader/validate.h"

namespace ttmem {

struct DiscoveryLimits {  // on the ledgers of each other user
    size_t names_per_directory = 16384;
    size_t ledgers_per_user = 512;         // live ones before dead ones, then the newest
    uint64_t bytes_per_user = 2ull << 30;  // of memory that they take, whatever their size

    // For whoever asks for a process or a run: what belongs to it is read, whosever it is. Names are looked at up to a
    // limit all the same: the rest of a directory full of them costs time, and is said to be missing.
    static DiscoveryLimits none() { return {16384, SIZE_MAX, UINT64_MAX}; }
};

// A ledger that was not read, and why.
struct RefusedLedger {
    std::string path;
    uint32_t uid = 0;  // of its directory
    std::string reason;
    bool newer = false;        // it needs a newer ttmem
    WallTime modified_at = 0;  // of its file; 0 unknown
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

// What a limit or an error left out.
struct LeftOut {
    std::string sentence;
    bool of_another = false;  // it is another user's
};

class Discovery {
public:
    using Wanted = std::function<bool(const ledger::StaticHeader&)>;
    // Whether it has done with a ledger, which is closed then and not looked at again; else the ledger is kept open.
    using Done = std::function<bool(const FoundLedger&)>;

    // `wanted` decides which ledgers are found. `done` sees each ledger before it is kept, and again at each refresh:
    // so one descriptor at a time is enough for any number of them. `system` must outlive it.
    Discovery(const System& system, const DiscoveryLimits& limits, Wanted wanted, Done done = nullptr);

    // Looks at all directories for what is new. Ledgers stay open until this object goes, also when their names are
    // gone: whoever holds one open can still read it.
    void refresh();

    const std::vector<std::unique_ptr<FoundLedger>>& ledgers() const { return ledgers_; }
    const std::vector<RefusedLedger>& refused() const { return refused_; }
    // At the last refresh: directories, what is to be known of some, and sentences on what limits or errors left out.
    const std::vector<UnreadableDirectory>& unreadable() const { return unreadable_; }
    const std::vector<std::string>& notes() const { return notes_; }
    const std::vector<LeftOut>& left_out() const { return left_out_; }

    // Takes a ledger out that turned out to be none.
    void refuse(RefusedLedger ledger);
    bool is_of_user(const FoundLedger& ledger) const { return ledger.file->facts().uid == system_.user(); }

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
    void close_what_is_done();
    void tell_what_limits_left_out();

    const System& system_;
    DiscoveryLimits limits_;
    Wanted wanted_;
    Done done_;
    std::vector<std::unique_ptr<FoundLedger>> ledgers_;
    std::vector<RefusedLedger> refused_;
    std::vector<UnreadableDirectory> unreadable_;
    std::vector<std::string> notes_;
    std::vector<LeftOut> left_out_;
    std::map<std::pair<std::string, std::string>, size_t> not_opened_;  // at the last refresh, by directory and reason
    std::set<std::string> looked_at_;  // paths that need no other look: a ledger's name is never used again
    std::set<FileKey> files_;
    std::vector<FileKey> closed_;  // of ledgers that were closed at this refresh
    std::set<std::pair<uint32_t, LedgerId>> ids_;
    std::map<uint32_t, Share> shares_;
    std::map<uint32_t, std::map<std::string, uint64_t>> over_limit_;  // by user: paths that found no room, and bytes
};

}  // namespace ttmem
