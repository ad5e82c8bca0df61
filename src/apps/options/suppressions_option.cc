#include "src/apps/options/suppressions_option.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "src/base/input_file.h"

namespace ttmem {
namespace {

constexpr std::string_view kNone = "none";
constexpr size_t kMostBytes = size_t{16} << 20;

// Beside this program, in the tree it was built in or below the prefix that it is installed to.
std::string path_of_list(const std::string& name) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return self.parent_path() / "../share/ttmem/suppressions" / (name + ".supp");
}

}  // namespace

void add_suppressions_option(OptionList& options, std::shared_ptr<std::vector<std::string>> files) {
    options.parsed("--suppressions...", "FILE",
                   "Leave out what matches a line of this file (leak:, op:, tag:, program:, pool:, class: or once:, "
                   "then a pattern); `tt-metal` is a list of what tt-metal keeps by design; `none` turns off the "
                   "built-in line (once:^ttnn.)",
                   [files](const std::string& text) {
                       files->push_back(text);
                       return "";
                   });
}

Result<Suppressions> read_suppressions(const std::vector<std::string>& files) {
    const bool built_in = std::ranges::find(files, kNone) == files.end();
    Suppressions all = built_in ? Suppressions::by_default() : Suppressions();
    for (const std::string& path : files) {
        if (path == kNone) continue;
        Result<std::string> text = read_input(path, kMostBytes);
        const std::string why = text ? "" : text.error().why;
        if (!text && path.find('/') == std::string::npos) text = read_input(path_of_list(path), kMostBytes);
        if (!text) {
            return Error{path + " cannot be read", why + ": the suppressions in it are not known",
                         "name a file, or tt-metal for what tt-metal keeps by design"};
        }
        const Result<Suppressions> lines = Suppressions::parse(*text, path);
        if (!lines) return lines.error();
        all.add(*lines);
    }
    return all;
}

}  // namespace ttmem
