// Whether the tests of this build take many times as long as those of a release: with sanitizers, or without
// optimization as in `scripts/test --quick`. Tests that try everything then try a part of it, spread over the whole.
#pragma once

namespace ttmem {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr bool kSlowBuild = true;
#else
constexpr bool kSlowBuild = false;
#endif

}  // namespace ttmem
