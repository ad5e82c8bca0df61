#include "src/apps/sources/imported_recording.h"

#include <filesystem>

#include "src/collector/system.h"
#include "src/importers/graph_recording/graph_recording.h"
#include "src/importers/source.h"
#include "src/importers/ttnn_report/ttnn_report.h"

namespace ttmem {
namespace {

Error no_recording(const ForeignSource& source) {
    const bool is_text = source.kind() == SourceKind::kText;
    return {source.name() + " is no recording",
            is_text ? "it is no capture, no captured graph and no report of ttnn"
                    : "it tells of moments, not what was allocated and freed in which order",
            is_text ? "ttmem run -o FILE -- CMD makes a capture" : "ttmem show " + source.path()};
}

}  // namespace

Result<Recording> imported_recording(const std::string& path) {
    Result<ForeignSource> source = ForeignSource::open(path);
    if (!source) return source.error();
    const std::string name = std::filesystem::path(path).filename().string();
    Result<Recording> recording = no_recording(*source);
    if (source->kind() == SourceKind::kCapturedGraph) {
        recording = recording_of_graph(source->take_text(), source->name(), name);
    } else if (source->kind() == SourceKind::kTtnnReport) {
        GraphRecording graph(name);
        const Result<ImportedUse> use = read_ttnn_report(path, &graph);
        if (!use) return use.error();
        recording = graph.finish(use->coverage);
    }
    if (recording) recording->end.generated_at = real_system()->now();
    return recording;
}

}  // namespace ttmem
