#include "src/apps/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "src/base/text.h"

namespace ttmem {
namespace {

bool wants_color(int fd, const OutputOptions& options) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
    return !options.no_color && (no_color == nullptr || *no_color == '\0') && !dumb && ::isatty(fd) == 1;
}

// 0 where nobody looks: what is piped or kept in a file has all columns, unless COLUMNS asks for fewer.
size_t width_of_output(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
    const char* columns = std::getenv("COLUMNS");
    const std::optional<uint64_t> asked = columns == nullptr ? std::nullopt : parse_number(columns);
    return asked.value_or(0);
}

// 0, or why not all is written (errno).
int write_all(std::FILE* file, const std::string& text) {
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0) return 0;
    return errno != 0 ? errno : EIO;
}

std::string error_text(const Error& error) {
    std::string text = "ttmem: " + printable(error.what) + "\n";
    if (!error.why.empty()) text += "  why:  " + printable(error.why) + "\n";
    if (!error.next.empty()) text += "  next: " + printable(error.next) + "\n";
    return text;
}

Json error_json(const Error& error, int code) {
    Json json;
    json["error"]["what"] = valid_utf8(error.what);
    json["error"]["why"] = text_or_null(error.why);
    json["error"]["next_step"] = text_or_null(error.next);
    json["error"]["exit_code"] = code;
    return json;
}

}  // namespace

Terminal::Terminal(const OutputOptions& options)
    : json_(options.json),
      look_{wants_color(STDOUT_FILENO, options), options.exact_bytes, width_of_output(STDOUT_FILENO)},
      message_look_{wants_color(STDERR_FILENO, options), options.exact_bytes, width_of_output(STDERR_FILENO)} {}

int Terminal::answer(const Text& text, const std::function<Json()>& document, int code) const {
    return answer(json_ ? to_text(document()) : text(), code);
}

int Terminal::answer(const Text& text, const std::function<ListDocument()>& document, int code) const {
    return json_ ? answer(document(), code) : answer(text(), code);
}

int Terminal::answer(const std::string& text, int code) const {
    const int error = write_all(stdout, text);
    return error == 0 ? code : not_written("answer", error, code);
}

int Terminal::answer(const ListDocument& document, int code) const {
    int error = 0;
    const auto put = [&](const std::string& piece) { return (error = write_all(stdout, piece)) == 0; };
    return write_text(document, put) ? code : not_written("answer", error, code);
}

int Terminal::not_written(const std::string& what, int error, int code) const {
    if (error == EPIPE) return code == kOk ? kFailed : code;
    message(error_text({"the " + what + " could not be written to stdout", "", "is the disk full?"}));
    return kFailed;
}

int Terminal::fail(const Error& error, int code) const {
    if (json_) return answer(to_text(error_json(error, code)), code);
    message(error_text(error));
    return code;
}

void Terminal::message(const std::string& text) const {
    // Nobody is left to be told when stderr fails.
    if (write_all(stderr, text) != 0) std::clearerr(stderr);
}

}  // namespace ttmem
