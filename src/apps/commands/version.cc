#include "src/apps/commands.h"

#include <fmt/format.h>

#include "src/collector/ledger_facts.h"
#include "src/collector/system.h"

namespace ttmem {
namespace version_parts {

int show(const Invocation& invocation) {
    const std::string format = ledger_format();
    const auto as_json = [&] {
        Json json = document("version", real_system()->now(), {});
        json["version"] = TTMEM_VERSION;
        json["ledger_format"] = format;
        return json;
    };
    return invocation.terminal.answer(
        [&] { return fmt::format("ttmem {} (ledger format {})\n", TTMEM_VERSION, format); }, as_json);
}

}  // namespace version_parts

Command version_command() {
    using namespace version_parts;
    return {.name = "version",
            .summary = "print the version of ttmem, and of the ledgers it reads",
            .examples = "  ttmem version\n",
            .details = "",
            .add_options = [](OptionList&) -> Run { return show; }};
}

}  // namespace ttmem
