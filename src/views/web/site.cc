#include "src/views/web/site.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "src/views/web/page_html.h"

namespace ttmem {
namespace {

SiteAnswer refusal(int status, const std::string& sentence) {
    return {status, "text/plain; charset=utf-8", sentence + "\n"};
}

// Takes as long wherever the first difference is.
bool same(std::string_view one, std::string_view other) {
    if (one.size() != other.size()) return false;
    unsigned difference = 0;
    for (size_t i = 0; i < one.size(); ++i) difference |= static_cast<unsigned char>(one[i] ^ other[i]);
    return difference == 0;
}

}  // namespace

std::string Site::url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/" + token_ + "/"; }

bool Site::is_for_us(const SiteRequest& request) const {
    const std::string port = ":" + std::to_string(port_);
    const std::array<std::string, 2> names = {"127.0.0.1" + port, "localhost" + port};
    if (std::find(names.begin(), names.end(), request.host) == names.end()) return false;
    const bool follows_a_link = request.fetch_mode == "navigate";
    const std::string& site = request.fetch_site;
    if (!site.empty() && site != "same-origin" && site != "none" && !follows_a_link) return false;
    return request.origin.empty() || request.origin == "http://" + request.host;
}

// Server-sent events: that there is a newer document, by its number. The page asks for it; else a comment, which shows
// whether it is still there.
SiteAnswer Site::news() const {
    return {200, "text/event-stream", "", [document = document_, told = std::optional<uint64_t>()]() mutable {
                const uint64_t number = document().number;
                if (std::exchange(told, number) == number) return std::string(":\n\n");
                return "retry: 1000\ndata: " + std::to_string(number) + "\n\n";
            }};
}

SiteAnswer Site::answer(const SiteRequest& request) const {
    if (request.repeats_headers) return refusal(400, "A header is there twice, and only one of them can be meant.");
    if (!is_for_us(request)) return refusal(403, "This server answers pages of its own on this machine only.");
    if (request.method != "GET" && request.method != "HEAD") return refusal(405, "Only GET and HEAD are answered.");
    const std::string_view target = request.target;
    const std::string folder = "/" + token_ + "/";
    if (!same(target.substr(0, folder.size()), folder)) {
        return refusal(404, "Nothing is here. `ttmem open` has printed the whole address.");
    }
    const std::string_view name = target.substr(folder.size());
    if (name.empty()) return {200, "text/html; charset=utf-8", page_html(*document_().text, is_live_)};
    if (name == "data.json") return {200, "application/json", *document_().text};
    if (name == "events" && is_live_) return news();
    return refusal(404, "Nothing is here.");
}

}  // namespace ttmem
