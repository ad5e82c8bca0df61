#include "src/apps/commands/version.h"

#include <fmt/format.h>

#include "src/collector/system.h"
#include "src/ledger/layout.h"

namespace ttmem {
namespace {

int show(const Invocation& invocation) {
    const std::string format = fmt::format("{}.{}", ledger::kFormatMajor, ledger::kFormatMinor);
    const auto as_json = [&] {
        Json json = document("version", real_system()->now(), {});
        json["version"] = TTMEM_VERSION;
        json["ledger_format"] = format;
        return json;
    };
    return invocation.terminal.answer(
        [&] { return fmt::format("ttmem {} (ledger format {})\n", TTMEM_VERSION, format); }, as_json);
}

}  // namespace

Command version_command() {
    return {.name = "version",
            .summary = "the version of ttmem and of the ledgers it reads",
            .examples = "  ttmem version\n",
            .details = "",
            .add_options = [](OptionList&) -> Run { return show; }};
}

}  // namespace ttmem
