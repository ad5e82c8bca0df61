#include "src/views/json/list_document.h"

#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr size_t kPiece = 1 << 16;

// An item of a list of the document: two steps further in.
std::string indented(const Json& item) {
    std::string text = "\n";
    for (const char c : item.dump(2)) {  // no text in it has a newline of its own
        text += c;
        if (c == '\n') text += "    ";
    }
    return text.insert(1, "    ");
}

}  // namespace

bool write_text(const ListDocument& document, const std::function<bool(const std::string&)>& write) {
    std::string piece = document.before.dump(2);
    piece.resize(piece.size() - 2);  // "\n}"
    piece += ",\n  " + Json(document.name).dump() + ": [";
    for (size_t i = 0; i < document.count; ++i) {
        piece += (i != 0 ? "," : "") + indented(document.item(i));
        if (piece.size() < kPiece) continue;
        if (!write(escaped_controls(std::move(piece)))) return false;
        piece.clear();
    }
    piece += document.count != 0 ? "\n  ]" : "]";
    piece += document.after.empty() ? "\n}" : "," + document.after.dump(2).substr(1);  // "{"
    return write(escaped_controls(std::move(piece)) + "\n");
}

std::string to_text(const ListDocument& document) {
    std::string text;
    write_text(document, [&](const std::string& piece) {
        text += piece;
        return true;
    });
    return text;
}

}  // namespace ttmem
