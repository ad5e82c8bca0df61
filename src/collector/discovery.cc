#include "src/collector/discovery.h"

#include <algorithm>
#include <utility>

#include "src/base/text.h"
#include "src/collector/sources.h"

namespace ttmem {
namespace {

// As their hexadecimal digits are written.
LedgerId to_id(const uint8_t (&bytes)[16]) {
    LedgerId id;
    for (const uint8_t byte : bytes) id.value = id.value << 8 | byte;
    return id;
}

}  // namespace

LedgerId FoundLedger::id() const { return to_id(header.ledger_id); }
LedgerId FoundLedger::run() const { return to_id(header.run_id); }
LedgerId FoundLedger::parent() const { return to_id(header.parent_ledger_id); }

Discovery::Discovery(const System& system, const DiscoveryLimits& limits, Wanted wanted, Done done)
    : system_(system), limits_(limits), wanted_(std::move(wanted)), done_(std::move(done)) {}

void Discovery::refresh() {
    notes_.clear();
    left_out_.clear();
    not_opened_.clear();
    for (const FileKey& file : closed_) files_.erase(file);  // another file may have its number by now
    closed_.clear();
    close_what_is_done();
    LedgerDirectories directories = system_.directories();
    unreadable_ = std::move(directories.unreadable);
    for (const auto& directory : directories.readable) look_into(*directory);
    tell_what_limits_left_out();
}

void Discovery::close_what_is_done() {
    for (size_t i = 0; done_ && i < ledgers_.size();) {
        if (done_(*ledgers_[i])) {
            drop(i);
        } else {
            ++i;
        }
    }
}

// With the limit that was hit, and the figures that it is about.
void Discovery::tell_what_limits_left_out() {
    for (const auto& [uid, paths] : over_limit_) {
        if (paths.empty()) continue;
        uint64_t bytes = 0;
        for (const auto& [path, taken] : paths) bytes += taken;
        const Share& share = shares_[uid];
        const std::string limit = share.ledgers >= limits_.ledgers_per_user
                                      ? std::to_string(limits_.ledgers_per_user) + " ledgers"
                                      : human_bytes(limits_.bytes_per_user) + " of ledgers";
        left_out_.push_back({counted(paths.size(), "ledger") + " of user " + std::to_string(uid) + " (" +
                                 human_bytes(bytes) + ") not read: of another user's, at most " + limit +
                                 " are; --pid and --run have no limit",
                             true});
    }
    for (const auto& [where, count] : not_opened_) {
        left_out_.push_back({counted(count, "ledger") + " in " + where.first + " not read: " + where.second});
    }
}

void Discovery::look_into(const LedgerDirectory& directory) {
    if (!directory.note().empty()) notes_.push_back(directory.note());
    LedgerNames found = directory.names(directory.owner() == system_.user() ? SIZE_MAX : limits_.names_per_directory);
    std::sort(found.names.begin(), found.names.end());
    for (const std::string& name : found.names) look_at(directory, name);
    if (found.left_out != 0) {
        left_out_.push_back({counted(found.left_out, "ledger") + " in " + directory.path() +
                                 " not looked at: of another user's directory, at most " +
                                 std::to_string(limits_.names_per_directory) + " names are",
                             true});
    }
    if (!found.error.empty()) left_out_.push_back({unlisted_sentence(directory.path(), found.error)});
}

void Discovery::look_at(const LedgerDirectory& directory, const std::string& name) {
    const std::string path = directory.path() + "/" + name;
    if (looked_at_.contains(path)) return;
    Result<std::unique_ptr<LedgerFile>> file = directory.open(name);
    if (!file) {
        const Error& error = file.error();
        if (error.what.empty()) return;  // gone meanwhile
        const std::string reason = error.why.empty() ? error.what : error.what + ": " + error.why;
        if (!error.next.empty()) {
            ++not_opened_[{directory.path(), reason}];
            return;
        }
        looked_at_.insert(path);
        refused_.push_back({path, directory.owner(), reason});
        return;
    }
    auto ledger = std::make_unique<FoundLedger>();
    ledger->path = path;
    ledger->file = std::move(*file);
    const FileFacts facts = ledger->file->facts();
    if (files_.contains({facts.device, facts.inode})) {  // the same directory under another name
        looked_at_.insert(path);
        return;
    }
    bool newer = false;
    std::string reason = unfit(*ledger, newer);
    if (reason.empty() && ids_.contains({facts.uid, ledger->id()})) reason = "another ledger has the same id";
    if (!reason.empty()) {
        looked_at_.insert(path);
        refused_.push_back({path, facts.uid, std::move(reason), newer, facts.modified_at});
        return;
    }
    if (!wanted_(ledger->header)) {
        looked_at_.insert(path);
        return;
    }
    if (done_ && done_(*ledger)) {
        looked_at_.insert(path);
        files_.insert({facts.device, facts.inode});
        closed_.push_back({facts.device, facts.inode});
        ids_.insert({facts.uid, ledger->id()});
        return;
    }
    if (!make_room(*ledger)) {
        over_limit_[facts.uid][path] = facts.bytes_taken;
        return;
    }
    looked_at_.insert(path);
    over_limit_[facts.uid].erase(path);
    keep(std::move(ledger));
}

// Why its header cannot be used; "" when it can.
std::string Discovery::unfit(FoundLedger& ledger, bool& newer) const {
    const ledger::ByteSource& bytes = ledger.file->bytes();
    const uint64_t size = bytes.size();
    if (size < ledger::kHeaderBytes || !bytes.read(0, &ledger.header, sizeof ledger.header)) {
        return "it is too short for a ledger";
    }
    const ledger::ReadOutcome outcome = ledger::validate(ledger.header, size, ledger.regions);
    newer = outcome.status == ledger::ReadStatus::kNewer;
    return outcome.reason;
}

// Within the user's share, or in place of one of his dead ledgers if this one matters more.
bool Discovery::make_room(const FoundLedger& ledger) {
    const FileFacts& facts = ledger.file->facts();
    if (is_of_user(ledger)) return true;
    const Share& share = shares_[facts.uid];
    const auto fits = [&] {
        return share.ledgers < limits_.ledgers_per_user && share.bytes + facts.bytes_taken <= limits_.bytes_per_user;
    };
    const bool lives = ledger.file->writer_lives();
    while (!fits()) {
        size_t oldest = ledgers_.size();
        for (size_t i = 0; i < ledgers_.size(); ++i) {
            const FileFacts& other = ledgers_[i]->file->facts();
            if (other.uid != facts.uid || ledgers_[i]->file->writer_lives()) continue;
            if (!lives && other.modified_at >= facts.modified_at) continue;
            if (oldest == ledgers_.size() || other.modified_at < ledgers_[oldest]->file->facts().modified_at)
                oldest = i;
        }
        if (oldest == ledgers_.size()) return false;  // his others matter more
        over_limit_[facts.uid][ledgers_[oldest]->path] = ledgers_[oldest]->file->facts().bytes_taken;
        drop(oldest);
    }
    return true;
}

void Discovery::keep(std::unique_ptr<FoundLedger> ledger) {
    const FileFacts& facts = ledger->file->facts();
    Share& share = shares_[facts.uid];
    ++share.ledgers;
    share.bytes += facts.bytes_taken;
    files_.insert({facts.device, facts.inode});
    ids_.insert({facts.uid, ledger->id()});
    ledgers_.push_back(std::move(ledger));
}

void Discovery::drop(size_t index) {
    const FoundLedger& ledger = *ledgers_[index];
    const FileFacts& facts = ledger.file->facts();
    Share& share = shares_[facts.uid];
    --share.ledgers;
    share.bytes -= facts.bytes_taken;
    files_.erase({facts.device, facts.inode});
    looked_at_.insert(ledger.path);
    ledgers_.erase(ledgers_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Discovery::refuse(RefusedLedger ledger) {
    refused_.push_back(std::move(ledger));
    for (size_t i = 0; i < ledgers_.size(); ++i) {
        if (ledgers_[i]->path == refused_.back().path) return drop(i);
    }
}

}  // namespace ttmem
