#include "src/collector/sources.h"

#include <map>
#include <string>

#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr int64_t kFileTimeSlack = 1'000'000'000;
constexpr uint64_t kMostNamedRefusals = 16;  // of one user: nobody's rubbish floods an answer

}  // namespace

std::string unread_sentence(const UnreadableDirectory& directory) {
    return directory.path + " cannot be read (" + directory.why + "): what is recorded there is in no figure";
}

std::string unlisted_sentence(const std::string& path, const std::string& why) {
    return "not all of " + path + " was listed: " + why;
}

// What could not be looked at, and whether what was asked for may be among it: anything unknown may be of this user;
// what others hide is of a pid or run that was not found, or of nobody in particular when everything was asked for.
void note_sources(const Discovery& discovery, const Interest& interest, uint32_t user, Snapshot& snapshot) {
    Coverage& coverage = snapshot.coverage;
    const bool others_matter = (!interest.pid && !interest.run) || snapshot.processes.empty();
    const bool selects = interest.pid || interest.run;  // then its coverage is its own: of others nothing is said
    const auto say = [&](std::string sentence, bool matters) {
        matters ? coverage.note_unread(std::move(sentence)) : coverage.note(std::move(sentence), false);
    };
    const auto may_be_asked_for = [&](const RefusedLedger& refused) {
        const bool before = refused.modified_at != 0 && refused.modified_at + kFileTimeSlack < interest.since;
        return (others_matter || refused.uid == user) && !before;
    };
    std::map<uint32_t, uint64_t> refused_of_user;
    std::map<uint32_t, bool> harms;
    for (const RefusedLedger& refused : discovery.refused()) {
        harms[refused.uid] |= may_be_asked_for(refused);
        if (!may_be_asked_for(refused) && selects) continue;
        if (++refused_of_user[refused.uid] > kMostNamedRefusals) continue;
        say("the ledger " + refused.path + " was not read: " + refused.reason, may_be_asked_for(refused));
    }
    for (const auto& [uid, count] : refused_of_user) {
        if (count <= kMostNamedRefusals) continue;
        say(with_commas(count - kMostNamedRefusals) + " more ledgers of user " + std::to_string(uid) + " were not read",
            harms[uid]);
    }
    const auto matters = [&](bool of_another) { return others_matter || !of_another; };
    for (const UnreadableDirectory& directory : discovery.unreadable()) {
        if (selects && !matters(directory.of_another)) continue;
        say(unread_sentence(directory), matters(directory.of_another));
    }
    for (const LeftOut& left_out : discovery.left_out()) {
        if (selects && !matters(left_out.of_another)) continue;
        say(left_out.sentence, matters(left_out.of_another));
    }
    if (selects && !snapshot.processes.empty()) return;
    for (const std::string& sentence : discovery.notes()) coverage.note(sentence, false);
}

}  // namespace ttmem
