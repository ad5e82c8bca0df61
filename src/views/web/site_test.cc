#include "src/views/web/site.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

Site site(bool is_live = false) {
    return Site(4711, "5ec4e7", is_live, [] {
        return SiteDocument{std::make_shared<const std::string>("{\"verdict\":\"fine\"}"), 7};
    });
}
SiteRequest asked(const std::string& target) { return {"GET", target, "127.0.0.1:4711", ""}; }

TEST(Site, HasThePageAndItsData) {
    EXPECT_EQ(site().url(), "http://127.0.0.1:4711/5ec4e7/");
    const SiteAnswer page = site().answer(asked("/5ec4e7/")), data = site().answer(asked("/5ec4e7/data.json"));
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.type, "text/html; charset=utf-8");
    EXPECT_NE(page.body.find("{\"verdict\":\"fine\"}"), std::string::npos);
    EXPECT_EQ(data.body, "{\"verdict\":\"fine\"}");
    EXPECT_EQ(data.type, "application/json");
}

TEST(Site, TellsALivePageOfEachNewerDocumentOnce) {
    uint64_t number = 7;
    const Site live(4711, "5ec4e7", true, [&] {
        return SiteDocument{std::make_shared<const std::string>("{}"), number};
    });
    const SiteAnswer one = live.answer(asked("/5ec4e7/events")), other = live.answer(asked("/5ec4e7/events"));
    EXPECT_EQ(one.type, "text/event-stream");
    ASSERT_TRUE(one.goes_on && other.goes_on);
    EXPECT_EQ(one.goes_on(), "retry: 1000\ndata: 7\n\n") << "what it was made with may be old";
    EXPECT_EQ(one.goes_on(), ":\n\n");
    number = 8;
    EXPECT_EQ(one.goes_on(), "retry: 1000\ndata: 8\n\n");
    EXPECT_EQ(other.goes_on(), "retry: 1000\ndata: 8\n\n");
    EXPECT_EQ(site().answer(asked("/5ec4e7/events")).status, 404) << "a capture has no news";
    SiteRequest foreign = asked("/5ec4e7/events");
    foreign.host = "evil.example";
    EXPECT_FALSE(live.answer(foreign).goes_on);
    EXPECT_FALSE(live.answer(asked("/5ec4e6/events")).goes_on);
}

TEST(Site, TellsNothingWithoutTheToken) {
    for (const char* target : {"/", "", "/5ec4e7", "/5ec4e6/", "/5ec4e7/../", "/5ec4e7/data.json?x", "/data.json",
                               "/5EC4E7/", "/5ec4e7//", "http://127.0.0.1:4711/5ec4e7/"}) {
        const SiteAnswer answer = site().answer(asked(target));
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(answer.body.find("verdict"), std::string::npos) << target;
    }
}

TEST(Site, TakesNoRequestThatSaysTwoThings) {
    SiteRequest request = asked("/5ec4e7/");
    request.repeats_headers = true;
    EXPECT_EQ(site().answer(request).status, 400);
}

// Another site may point a name of its own at this machine, or send requests from its pages.
TEST(Site, AnswersNoOtherHostAndNoOtherOrigin) {
    for (const char* host : {"", "evil.example", "evil.example:4711", "127.0.0.1", "127.0.0.1:80", "localhost:47110"}) {
        SiteRequest request = asked("/5ec4e7/");
        request.host = host;
        EXPECT_EQ(site().answer(request).status, 403) << host;
    }
    for (const char* origin : {"null", "http://evil.example", "https://127.0.0.1:4711", "http://localhost:4711"}) {
        SiteRequest request = asked("/5ec4e7/data.json");
        request.origin = origin;
        EXPECT_EQ(site().answer(request).status, 403) << origin;
    }
    for (const char* whose : {"cross-site", "same-site", "anything"}) {
        SiteRequest request = asked("/5ec4e7/data.json");
        request.fetch_site = whose, request.fetch_mode = "no-cors";
        EXPECT_EQ(site().answer(request).status, 403) << whose;
    }
    SiteRequest link = asked("/5ec4e7/");
    link.fetch_site = "cross-site", link.fetch_mode = "navigate";
    EXPECT_EQ(site().answer(link).status, 200);
    SiteRequest own = asked("/5ec4e7/data.json");
    own.fetch_site = "same-origin", own.fetch_mode = "cors";
    own.host = "localhost:4711", own.origin = "http://localhost:4711";
    EXPECT_EQ(site().answer(own).status, 200);
}

TEST(Site, ChangesNothing) {
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", ""}) {
        SiteRequest request = asked("/5ec4e7/");
        request.method = method;
        EXPECT_EQ(site().answer(request).status, 405) << method;
    }
}

TEST(Site, OnlyALivePageMayAskForMoreAndOnlyHere) {
    const std::string live = site(true).answer(asked("/5ec4e7/")).body, still = site().answer(asked("/5ec4e7/")).body;
    EXPECT_NE(live.find("default-src 'none'; connect-src 'self';"), std::string::npos);
    EXPECT_NE(live.find("data-live"), std::string::npos);
    EXPECT_EQ(still.find("connect-src"), std::string::npos);
}

}  // namespace
}  // namespace ttmem
