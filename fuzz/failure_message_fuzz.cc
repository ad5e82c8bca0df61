// Any bytes into the failure scanner. It must find the same wherever its input is divided, read its own text again as
// the same message, and explain whatever figures come out.
#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/require.h"
#include "src/analysis/failures/failure_explanation.h"
#include "src/importers/failure_message/failure_scanner.h"

using namespace ttmem;

namespace {

std::vector<FoundFailure> scan(std::string_view text, size_t piece) {
    FailureScanner scanner;
    for (size_t at = 0; at < text.size(); at += piece) scanner.feed(text.substr(at, piece));
    return scanner.finish().failures;
}

void check(const FoundFailure& found) {
    const FailureMessage& message = found.message;
    require(message.complete == message.missing.empty());
    require(found.count >= 1 && found.line >= 1 && found.times >= 1 && found.times <= found.count);
    const FailureExplanation explanation = explain_failure(message.figures);
    require(!explanation.verdict.empty() && !explanation.limit.empty() && !explanation.remedies.empty());
    if (!message.complete || message.figures.kind == FailureKind::kUnknown) return;
    constexpr std::string_view kPrefix = "Out of Memory: ";
    std::string_view text = message.text;
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    std::optional<FoundMessage> again = read_failure_message(text, true);
    require(again.has_value());
    again->message.figures.last_may_be_cut =
        message.figures.last_may_be_cut;  // what follows it tells, and is not in it
    require(again->message.figures == message.figures && again->message.text == message.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::vector<FoundFailure> whole = scan(text, text.size() + 1);
    for (const FoundFailure& found : whole) check(found);
    const std::vector<FoundFailure> pieces = scan(text, 1 + data[0]);
    require(pieces.size() == whole.size());
    for (size_t i = 0; i < whole.size(); ++i) {
        require(pieces[i].offset == whole[i].offset && pieces[i].line == whole[i].line &&
                pieces[i].count == whole[i].count && pieces[i].message.text == whole[i].message.text);
    }
    return 0;
}
