#include <algorithm>
#include <chrono>

#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/sources/recorded_page.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/daemon/http_server.h"
#include "src/daemon/token.h"
#include "src/views/json/page.h"

namespace ttmem {
namespace open_parts {

struct Options {
    AskedRecording asked;
    std::optional<size_t> port;
    std::string token_file;
};

std::shared_ptr<const std::string> document_text(const AskedRecording& asked, const Recording& recording) {
    return std::make_shared<const std::string>(page_json(page_values(asked, recording)).dump());
}

// An earlier document, shown where a later look found nothing.
std::shared_ptr<const std::string> outdated(const std::string& text, const Error& error) {
    Json json = Json::parse(text);
    Json& coverage = json["coverage"];
    const std::string at = json["generated_at"].get<std::string>();
    const std::string sentence =
        valid_utf8("this is how it stood at " + at + ", and nothing later was seen: " + error.what);
    coverage["complete"] = false;
    Json& notes = coverage["notes"];
    if (std::find(notes.begin(), notes.end(), sentence) == notes.end()) notes.push_back(sentence);
    return std::make_shared<const std::string>(json.dump());
}

// The document of processes that run, made anew when somebody asks, but never so often that it takes more than a
// thirtieth of a core. Who was in it stays: an end is when one wants to know most.
class LiveDocument {
public:
    LiveDocument(AskedRecording asked, const Snapshot& first, std::shared_ptr<const std::string> text)
        : asked_(std::move(asked)), latest_{std::move(text), first_number()} {
        for (const Process& process : first.processes) asked_.ended.insert(process.ledger);
    }

    SiteDocument latest() {
        using Clock = std::chrono::steady_clock;
        const auto begin = Clock::now();
        if (begin < next_) return latest_;
        // Without a recording (the process that was named is gone, or cannot be read) the last one stays, and says so.
        if (Result<Recording> recording = asked_recording(asked_)) {
            note_who_is_gone(recording->end);
            latest_ = {document_text(asked_, *recording), latest_.number + 1};
        } else {
            latest_ = {outdated(*latest_.text, recording.error()), latest_.number + 1};
        }
        const auto took = Clock::now() - begin;
        next_ = Clock::now() + std::max<Clock::duration>(std::chrono::seconds(1), 29 * took);
        return latest_;
    }

private:
    // A page that had a document of an earlier server, at the same address, never takes one of this server for it.
    static uint64_t first_number() {
        return static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
    }

    // Whose ledger gave way after they had ended.
    void note_who_is_gone(Snapshot& snapshot) {
        std::set<LedgerId> gone = asked_.ended;
        for (const Process& process : snapshot.processes)
            gone.erase(process.ledger), asked_.ended.insert(process.ledger);
        if (gone.empty()) return;
        snapshot.coverage.note(counted(gone.size(), "process", "processes") +
                               " that this page showed before ended since, and what was recorded of them is gone");
    }

    AskedRecording asked_;
    SiteDocument latest_;
    std::chrono::steady_clock::time_point next_{};
};

int serve(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const size_t port = options.port.value_or(0);
    if (port > UINT16_MAX) return terminal.fail({"there is no port " + std::to_string(port), "", "--port 0"}, kUsage);
    const bool is_live = options.asked.file.empty();
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), is_live ? kNothingTracked : kFailed);
    const bool is_named = options.asked.filter.pid || options.asked.run;
    if (is_named && recording->end.processes.empty())
        return terminal.fail(unless_unread(recording->end.coverage, {}), code_of(recording->end));
    const std::shared_ptr<const std::string> first = document_text(options.asked, *recording);
    LiveDocument document(options.asked, recording->end, first);
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    Result<HttpServer> server = HttpServer::open(static_cast<uint16_t>(port));
    if (!server) return terminal.fail(server.error(), kFailed);
    const Result<std::string> token = options.token_file.empty() ? new_token() : kept_token(options.token_file);
    if (!token) return terminal.fail(token.error(), kFailed);
    const Site site(server->port(), *token, is_live, [&] { return is_live ? document.latest() : SiteDocument{first}; });
    const auto as_json = [&] {
        Json json;
        json["schema"] = "ttmem.open/1";
        json["url"] = site.url();
        json["live"] = is_live;
        return json;
    };
    const int code = terminal.answer([&] { return site.url() + "\n"; }, as_json);
    if (code != kOk) return code;
    terminal.message("ttmem: open this in a browser of this machine; Ctrl-C ends\n");
    server->run([&](const SiteRequest& request) { return site.answer(request); });
    return kOk;
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    const std::shared_ptr<AskedRecording> asked(options, &options->asked);
    add_recording_options(list, asked);
    add_pool_options(list, asked);
    list.number("--port", options->port, "PORT", "Port to listen on (default: any free port)");
    list.text("--token-file", options->token_file, "FILE",
              "Keep the token of the address in this file: with --port, an open page goes on after a restart");
    return [options](const Invocation& invocation) { return serve(*options, invocation); };
}

}  // namespace open_parts

Command open_command() {
    using namespace open_parts;
    return {.name = "open",
            .summary = "serve the page of a capture, or of running processes, to a browser on this machine",
            .examples =
                "  ttmem open                                           running processes; the page follows them\n"
                "  ttmem open run.ttmem                                 a capture\n"
                "  ttmem open --pid 4711 --port 8047                    forward it: ssh -L 8047:127.0.0.1:8047 HOST\n"
                "  ttmem open --port 8047 --token-file ~/.ttmem-token   the same address after every start\n",
            .details =
                "Prints the address of the page and serves it until interrupted. It is the page that `ttmem page`\n"
                "writes; for running processes it is kept up to date, as far back as their history goes\n"
                "(TTMEM_LEVEL=events), and those that end in the meantime stay on it.\n"
                "\n"
                "Only this machine can reach the page; requests for another host or from another page are refused.\n"
                "The address contains a token, which is new each time unless --token-file keeps it. Nothing can be\n"
                "changed through the page.\n",
            .add_options = add_options};
}

}  // namespace ttmem
