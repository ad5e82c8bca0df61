#include "src/apps/commands.h"

#include "src/apps/cli.h"
#include "src/collector/system.h"

namespace ttmem {
namespace completion_parts {

int show(const std::string& shell, const Invocation& invocation) {
    const std::optional<std::string> script = invocation.cli.completion_script(shell);
    if (!script) {
        return invocation.terminal.fail({"there is no completion for the shell `" + shell + "`",
                                         "bash, zsh and fish are known", "ttmem completion bash"},
                                        kUsage);
    }
    const auto as_json = [&] {
        Json json = document("completion", real_system()->now(), {});
        json["shell"] = shell;
        json["script"] = *script;
        return json;
    };
    return invocation.terminal.answer([&] { return *script; }, as_json);
}

}  // namespace completion_parts

Command completion_command() {
    using namespace completion_parts;
    return {.name = "completion",
            .summary = "print a script that completes ttmem's command line in your shell",
            .examples =
                "  source <(ttmem completion bash)\n"
                "  source <(ttmem completion zsh)\n"
                "  ttmem completion fish > ~/.config/fish/completions/ttmem.fish\n",
            .details = "",
            .add_options = [](OptionList& list) -> Run {
                const auto shell = std::make_shared<std::string>();
                list.text("SHELL", *shell, "bash|zsh|fish", "Shell to complete in");
                return [shell](const Invocation& invocation) { return show(*shell, invocation); };
            }};
}

}  // namespace ttmem
