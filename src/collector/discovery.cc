#include "src/collector/discovery.h"

#include <algorithm>
#include <utility>

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

Discovery::Discovery(const System& system, const DiscoveryLimits& limits, Wanted wanted)
    : system_(system), limits_(limits), wanted_(std::move(wanted)) {}

void Discovery::refresh() {
    notes_.clear();
    left_out_.clear();
    LedgerDirectories directories = system_.directories();
    unreadable_ = std::move(directories.unreadable);
    for (const auto& directory : directories.readable) look_into(*directory);
    for (const auto& [uid, paths] : over_limit_) {
        left_out_.push_back(std::to_string(paths.size()) + " ledgers of user " + std::to_string(uid) +
                            " were not read: a user may have " + std::to_string(limits_.ledgers_per_user));
    }
}

void Discovery::look_into(const LedgerDirectory& directory) {
    size_t left_out = 0;
    if (!directory.note().empty()) notes_.push_back(directory.note());
    std::vector<std::string> names = directory.names(limits_.names_per_directory, left_out);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) look_at(directory, name);
    if (left_out != 0) {
        left_out_.push_back(std::to_string(left_out) + " ledgers in " + directory.path() + " were not looked at");
    }
}

void Discovery::look_at(const LedgerDirectory& directory, const std::string& name) {
    const std::string path = directory.path() + "/" + name;
    if (looked_at_.contains(path)) return;
    Result<std::unique_ptr<LedgerFile>> file = directory.open(name);
    if (!file) {
        const Error& error = file.error();
        if (error.what.empty()) return;  // gone meanwhile
        looked_at_.insert(path);
        refused_.push_back({path, directory.owner(), error.why.empty() ? error.what : error.what + ": " + error.why});
        return;
    }
    auto ledger = std::make_unique<FoundLedger>();
    ledger->path = path;
    ledger->file = std::move(*file);
    const FileFacts facts = ledger->file->facts();
    if (files_.contains({facts.device, facts.inode})) return;  // the same directory under another name
    bool newer = false;
    std::string reason = unfit(*ledger, newer);
    if (reason.empty() && ids_.contains({facts.uid, ledger->id()})) reason = "another ledger has the same id";
    if (!reason.empty()) {
        looked_at_.insert(path);
        refused_.push_back({path, facts.uid, std::move(reason), newer});
        return;
    }
    if (!wanted_(ledger->header)) {
        looked_at_.insert(path);
        return;
    }
    if (!make_room(*ledger)) {
        over_limit_[facts.uid].insert(path);
        return;
    }
    looked_at_.insert(path);
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
    const Share& share = shares_[facts.uid];
    const auto fits = [&] {
        return share.ledgers < limits_.ledgers_per_user && share.bytes + facts.bytes <= limits_.bytes_per_user;
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
        over_limit_[facts.uid].insert(ledgers_[oldest]->path);
        drop(oldest);
    }
    return true;
}

void Discovery::keep(std::unique_ptr<FoundLedger> ledger) {
    const FileFacts& facts = ledger->file->facts();
    Share& share = shares_[facts.uid];
    ++share.ledgers;
    share.bytes += facts.bytes;
    files_.insert({facts.device, facts.inode});
    ids_.insert({facts.uid, ledger->id()});
    ledgers_.push_back(std::move(ledger));
}

void Discovery::drop(size_t index) {
    const FoundLedger& ledger = *ledgers_[index];
    const FileFacts& facts = ledger.file->facts();
    Share& share = shares_[facts.uid];
    --share.ledgers;
    share.bytes -= facts.bytes;
    files_.erase({facts.device, facts.inode});
    ids_.erase({facts.uid, ledger.id()});
    looked_at_.insert(ledger.path);
    ledgers_.erase(ledgers_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Discovery::refuse(const FoundLedger& ledger, std::string reason, bool newer) {
    refused_.push_back({ledger.path, ledger.file->facts().uid, std::move(reason), newer});
    for (size_t i = 0; i < ledgers_.size(); ++i) {
        if (ledgers_[i].get() == &ledger) return drop(i);
    }
}

}  // namespace ttmem
