// The allocation server of the tt-metal fork, spoken by ttmem: one socket, all four generations of clients at once.
//
// Who a client is says the kernel (SO_PEERCRED), never a message; that it is gone, its pidfd. One thread, no client can
// make it wait. What was told is asked for over the same socket by other ttmem commands (legacy_socket.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "src/base/fd.h"
#include "src/base/result.h"
#include "src/importers/allocation_server/legacy_table.h"

namespace ttmem {

struct LegacyServerOptions {
    std::string socket;
    bool fork_log = false;  // the allocation server's lines on standard output; else a line per client
};

class LegacyServer {
public:
    // Listens. An error says who has the place already. The name of a server that is gone is taken over.
    static Result<LegacyServer> open(const LegacyServerOptions& options);
    ~LegacyServer();
    LegacyServer(LegacyServer&&) = default;

    // Until SIGINT or SIGTERM.
    void run();

    const LegacyTable& table() const { return table_; }

private:
    struct Client {
        ScopedFd fd;
        std::optional<uint32_t> process;  // absent until its first message
        uint32_t pid = 0, uid = 0;
        LegacyFraming framing;
    };
    struct Process {
        uint32_t number = 0;  // in the table
        ScopedFd pidfd;
        size_t clients = 0;
    };

    LegacyServer() = default;
    void accept_client();
    bool serve(Client& client);
    bool handle(Client& client, const LegacyMessage& message);
    bool answer(const Client& client, const LegacyMessage& answer);
    void answer_question(const Client& client);
    uint32_t process_of(Client& client);
    void leave(Client& client);
    void end_process(uint32_t pid);
    LegacyMessage device_info(int32_t device) const;

    LegacyServerOptions options_;
    ScopedFd listener_, signals_, timer_;
    bool bound_ = false;
    std::map<int, Client> clients_;          // by descriptor
    std::map<uint32_t, Process> processes_;  // living ones by pid
    LegacyTable table_;
};

}  // namespace ttmem
