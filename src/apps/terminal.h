// Where a command's words go: data to stdout, everything else to stderr.
#pragma once

#include <functional>
#include <string>

#include "src/apps/exit_code.h"
#include "src/base/result.h"
#include "src/views/json/list_document.h"
#include "src/views/text/look.h"

namespace ttmem {

struct OutputOptions {
    bool json = false;
    bool no_color = false;
    bool exact_bytes = false;
};

class Terminal {
public:
    // Color only where it is looked at: on a terminal, and neither NO_COLOR nor --no-color is given. As wide as the
    // terminal, or as COLUMNS says; any width where neither is known.
    explicit Terminal(const OutputOptions& options);

    bool json() const { return json_; }
    const Look& look() const { return look_; }                  // of stdout
    const Look& message_look() const { return message_look_; }  // of stderr

    // The answer: the document with --json, else the text; the other one, which may be long, is not made. Returns
    // `code`, or kFailed when it cannot be written.
    using Text = std::function<std::string()>;
    int answer(const Text& text, const std::function<Json()>& document, int code = kOk) const;
    int answer(const Text& text, const std::function<ListDocument()>& document, int code = kOk) const;
    int answer(const std::string& text, int code = kOk) const;  // in any case
    int answer(const ListDocument& document, int code) const;   // in any case

    // The error, on stderr for people, on stdout with --json. Returns `code`.
    int fail(const Error& error, int code) const;

    // What (the "answer") `error` (errno) kept from stdout: said on stderr, but not where its reader has gone, as
    // `head` does when it has enough. Returns kFailed, or then `code` unless it is kOk.
    int not_written(const std::string& what, int error, int code) const;

    void message(const std::string& text) const;  // as it is, to stderr

private:
    bool json_;
    Look look_, message_look_;
};

}  // namespace ttmem
