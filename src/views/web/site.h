// What the server of `ttmem open` answers: to this machine's own browser, at an address that only who started it knows.
//
// A pure function of a request: nothing of it knows of sockets. Requests for another host (a name that somebody's
// server points at this machine), from another page, or without the token get nothing. A link may be followed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ttmem {

struct SiteRequest {
    std::string method, target;
    std::string host, origin;                      // headers; "" absent
    std::string fetch_site = {}, fetch_mode = {};  // Sec-Fetch-Site, Sec-Fetch-Mode: of whose page, and what for
    bool repeats_headers = false;                  // one of these is there twice: others may go by the other one
};

struct SiteAnswer {
    int status = 200;
    std::string type;  // of the body
    std::string body;
    // There: the answer has no end. What this returns is sent at once, and then every few seconds until the page
    // leaves.
    std::function<std::string()> goes_on = {};
};

// ttmem.page-data/1 as text, and which one it is: another number, another text.
struct SiteDocument {
    std::shared_ptr<const std::string> text;
    uint64_t number = 0;
};

class Site {
public:
    // `document` returns the latest whenever it is asked for. `is_live`: it changes.
    Site(uint16_t port, std::string token, bool is_live, std::function<SiteDocument()> document)
        : port_(port), token_(std::move(token)), is_live_(is_live), document_(std::move(document)) {}

    std::string url() const;
    SiteAnswer answer(const SiteRequest& request) const;

private:
    bool is_for_us(const SiteRequest& request) const;
    SiteAnswer news() const;

    uint16_t port_;
    std::string token_;
    bool is_live_;
    std::function<SiteDocument()> document_;
};

}  // namespace ttmem
