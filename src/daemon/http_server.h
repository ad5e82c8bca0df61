// A server of pages for this machine alone: it listens on loopback, and whatever answers is a function of the request.
//
// One thread. Who sends nothing, too much or too slowly is cut off; more than some connections at once wait. It runs
// until SIGINT or SIGTERM.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "src/base/result.h"
#include "src/views/web/site.h"

namespace ttmem {

class HttpServer {
public:
    // Port 0: any that is free.
    static Result<HttpServer> open(uint16_t port);
    HttpServer(HttpServer&&) noexcept;
    ~HttpServer();

    uint16_t port() const;
    void run(std::function<SiteAnswer(const SiteRequest&)> answer);

private:
    struct Parts;
    explicit HttpServer(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace ttmem
