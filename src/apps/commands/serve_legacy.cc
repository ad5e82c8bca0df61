#include "src/apps/commands.h"

#include <fmt/format.h>

#include "src/base/text.h"
#include "src/daemon/legacy_server.h"
#include "src/daemon/legacy_socket.h"

namespace ttmem {
namespace {

int serve(const LegacyServerOptions& options, const Invocation& invocation) {
    Result<LegacyServer> server = LegacyServer::open(options);
    if (!server) return invocation.terminal.fail(server.error(), kFailed);
    if (!options.fork_log) {
        fmt::print("listening at {}; Ctrl-C ends\n", printable(options.socket));
        std::fflush(stdout);
    }
    server->run();
    if (options.fork_log) {
        fmt::print("{}  Active allocations: {}\n", server->table().fork_dump(), server->table().fork_keys());
        std::fflush(stdout);
    }
    return kOk;
}

}  // namespace

Command serve_legacy_command() {
    return {.name = "serve-legacy",
            .summary = "serve the clients of the tt-metal fork's old allocation server",
            .examples =
                "  ttmem serve-legacy                            instead of the fork's own server\n"
                "  ttmem serve-legacy --log-format fork | tee allocations.log\n"
                "  ttmem-sim mesh-test --as-fork                 a client to try it with\n"
                "  ttmem status; ttmem explain 1073737728        what the clients told\n",
            .details =
                "Takes messages of all four generations (72, 112, 128, 144 bytes) at the same time and tells them\n"
                "apart. QUERY and DEVICE_INFO are answered as ever; who a client is says the kernel. `status`, `ps`\n"
                "and `explain` show what was told beside ttmem's own data. Runs until it is interrupted. The path is\n"
                "$TTMEM_LEGACY_SOCKET where that is set, for this and the other commands.\n",
            .add_options = [](OptionList& list) -> Run {
                const auto options = std::make_shared<LegacyServerOptions>();
                options->socket = legacy_socket_path();
                list.text("--socket", options->socket, "PATH", "Where to listen (default: " + options->socket + ")");
                list.parsed("--log-format", "short|fork",
                            "`short`: a line per client; `fork`: the fork's lines, for tools that read them",
                            [options](const std::string& format) {
                                options->fork_log = format == "fork";
                                return format == "fork" || format == "short" ? "" : not_one_of(format, "short|fork");
                            });
                return [options](const Invocation& invocation) { return serve(*options, invocation); };
            }};
}

}  // namespace ttmem
