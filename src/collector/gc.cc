#include "src/collector/gc.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "src/base/text.h"
#include "src/reader/reader.h"
#include "src/reader/tables.h"

namespace ttmem {
namespace {

constexpr int64_t kSecondInNs = 1'000'000'000;
constexpr uint64_t kMostNamed = 16;  // of what cannot be read

struct Dead {
    LedgerDirectory* directory;
    std::string name;
    FileFacts facts;
    GcFile file;
    bool readable;
    WallTime said = 0;  // the time that it wrote down last; 0: none that can be believed
};

WallTime time_said(const ledger::ByteSource& bytes, const ledger::StaticHeader& header) {
    const ledger::ClockImage clock = ledger::read_clock(bytes, header, true);
    return clock.plausible ? clock.latest_wall_ns : 0;
}

// Since when the writer is known to be dead, in the order of belief: somebody saw it dead and wrote that down; it ended
// by itself and wrote that down; nobody knows, so from now on. `marked`: the first.
WallTime dead_since(const ledger::ByteSource& bytes, const FileFacts& facts, const ledger::StaticHeader& header,
                    bool readable, WallTime now, bool& marked) {
    marked = facts.modified_at % kSecondInNs == kSeenDeadNanoseconds && facts.modified_at <= now;
    if (marked) return facts.modified_at;
    uint64_t state = 0;
    constexpr size_t kAt = offsetof(ledger::Header, live) + offsetof(ledger::LiveHeader, state);
    if (!readable || !bytes.read(kAt, &state, sizeof state)) return now;
    if (state != static_cast<uint64_t>(ledger::LedgerState::kClosed)) return now;
    const WallTime said = time_said(bytes, header);
    return said != 0 && said <= now ? said : now;
}

class GarbageCollector {
public:
    GarbageCollector(const System& system, const GcRule& rule)
        : rule_(rule), now_(system.now()), directories_(system.directories()) {}

    GcResult run() {
        for (const UnreadableDirectory& directory : directories_.unreadable) {
            if (!directory.of_another) result_.errors.push_back({"cannot list " + directory.path, directory.why, ""});
        }
        for (const auto& directory : directories_.readable) {
            const bool meant = rule_.directory.empty() || directory->path() == rule_.directory;
            if (directory->owner() == rule_.uid && meant) look_into(*directory);
        }
        std::sort(dead_.begin(), dead_.end(), [](const Dead& a, const Dead& b) {
            // Of those that were killed, and found dead in the same look, the one that was heard of first.
            return std::tie(a.file.last_sign, a.said, a.name) < std::tie(b.file.last_sign, b.said, b.name);
        });
        for (const Dead& dead : dead_) {
            ++result_.kept_dead;
            result_.kept_dead_bytes += dead.file.bytes;
        }
        for (const Dead& dead : dead_) {
            if (goes(dead)) remove(dead);
        }
        if (unread_ > kMostNamed)
            result_.coverage.note_unread(counted(unread_ - kMostNamed, "more file") + " cannot be read as a ledger");
        return std::move(result_);
    }

private:
    void look_into(LedgerDirectory& directory) {
        const LedgerNames names = directory.names(SIZE_MAX);
        if (!names.error.empty()) result_.errors.push_back({"cannot list " + directory.path(), names.error, ""});
        for (const std::string& name : names.names) {
            Result<std::unique_ptr<LedgerFile>> opened = directory.open(name);
            if (!opened) {
                const Error& error = opened.error();  // with a next step where it would have been a ledger
                if (error.next.empty()) {
                    note_unread(directory.path() + "/" + name, error.what);
                } else {
                    result_.errors.push_back({"cannot open " + directory.path() + "/" + name, error.why, ""});
                }
                continue;
            }
            const LedgerFile& file = **opened;
            if (file.writer_lives()) {
                ++result_.live;
                if (!file.life_is_known())
                    result_.errors.push_back(
                        {"kept " + directory.path() + "/" + name, "whether its process runs is not known", ""});
                continue;
            }
            look_at(directory, name, file);
        }
    }

    void look_at(LedgerDirectory& directory, const std::string& name, const LedgerFile& file) {
        const FileFacts& facts = file.facts();
        ledger::StaticHeader header{};
        ledger::Regions regions;
        const uint64_t size = file.bytes().size();
        std::string why;  // it cannot be read as a ledger
        if (size < ledger::kHeaderBytes) {
            why = "it is too short for a ledger";
        } else if (file.bytes().read(0, &header, sizeof header)) {
            why = ledger::validate(header, size, regions).reason;
        } else {
            why = "its header cannot be read";
            result_.errors.push_back({"cannot read " + directory.path() + "/" + name, "its header", ""});
        }
        const bool readable = why.empty();
        if (!readable) {
            ++result_.kept_unreadable;
            note_unread(directory.path() + "/" + name, why);
        }
        bool marked = false;
        Dead dead{&directory, name, facts, {directory.path() + "/" + name, header.pid, facts.bytes_taken, 0}, readable};
        if (!readable) dead.file.pid.reset();
        if (readable) dead.said = time_said(file.bytes(), header);
        dead.file.last_sign = dead_since(file.bytes(), facts, header, readable, now_, marked);
        // So that the next look knows since when. A failure costs only that.
        if (!marked && dead.file.last_sign == now_ && !rule_.dry_run) {
            static_cast<void>(directory.mark_dead(name, facts, now_).has_value());
        }
        dead_.push_back(std::move(dead));
    }

    void note_unread(const std::string& path, const std::string& why) {
        if (++unread_ <= kMostNamed) result_.coverage.note_unread("the ledger " + path + " was not read: " + why);
    }

    bool goes(const Dead& dead) {
        if (rule_.named && !rule_.named->contains(dead.file.path)) return false;
        const int64_t age = now_ - dead.file.last_sign;
        const bool too_many = result_.kept_dead_bytes > rule_.keep_bytes || result_.kept_dead > rule_.keep_ledgers;
        if (!rule_.all && !(dead.readable && (too_many || age > rule_.keep_ns))) return false;
        if (age >= rule_.young_ns || rule_.force) return true;
        ++result_.kept_young;
        return false;
    }

    void remove(const Dead& dead) {
        if (!rule_.dry_run) {
            const Result<void> removed = dead.directory->remove(dead.name, dead.facts);
            if (!removed) {
                result_.errors.push_back({"cannot remove " + dead.file.path, removed.error().what, ""});
                return;
            }
        }
        --result_.kept_dead;
        result_.kept_unreadable -= !dead.readable;
        result_.kept_dead_bytes -= dead.file.bytes;
        result_.removed.push_back(dead.file);
    }

    const GcRule& rule_;
    const WallTime now_;
    LedgerDirectories directories_;
    std::vector<Dead> dead_;
    uint64_t unread_ = 0;
    GcResult result_;
};

}  // namespace

GcResult collect_garbage(const System& system, const GcRule& rule) { return GarbageCollector(system, rule).run(); }

}  // namespace ttmem
