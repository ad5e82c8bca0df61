#include "src/views/web/page_html.h"

#include <gtest/gtest.h>

#include <string>

namespace ttmem {
namespace {

size_t count(std::string_view text, std::string_view what) {
    size_t times = 0;
    for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++times;
    return times;
}

TEST(PageHtml, HasTheDataOnce) {
    const std::string html = page_html("{\"verdict\":\"fine\"}");
    EXPECT_EQ(count(html, "{\"verdict\":\"fine\"}"), 1u);
    EXPECT_EQ(count(html, "<!--data-->"), 0u);
}

TEST(PageHtml, NoNameEndsTheElementThatItIsIn) {
    const std::string plain = page_html("{}"), html = page_html("{\"op\":\"</script><script>alert(1)</script><!--\"}");
    EXPECT_EQ(count(html, "<script"), count(plain, "<script"));
    EXPECT_EQ(count(html, "</script"), count(plain, "</script"));
    EXPECT_EQ(count(html, "<!--"), count(plain, "<!--"));
    EXPECT_NE(html.find("\\u003c/script>\\u003cscript>alert(1)"), std::string::npos);
}

TEST(PageHtml, MayNeitherLoadNorSendAnything) {
    const std::string_view page = page_template();
    EXPECT_EQ(count(page, "default-src 'none';"), 1u);
    EXPECT_NE(page.find("default-src 'none'"), std::string_view::npos);
    EXPECT_EQ(count(page, "unsafe-eval"), 0u);
    EXPECT_EQ(count(page, "<link"), 0u);
    EXPECT_EQ(count(page, " src="), 0u);
    EXPECT_EQ(count(page, "<!--data-->"), 1u);
}

}  // namespace
}  // namespace ttmem
