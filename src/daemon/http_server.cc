#include "src/daemon/http_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

namespace ttmem {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr auto kPatience = std::chrono::seconds(30);
constexpr size_t kMostHeaderBytes = 16 * 1024;
constexpr auto kBetweenEvents = std::chrono::seconds(2);
constexpr size_t kMostConnections = 256;        // a page has two: its events, and what it asks for
constexpr size_t kMostBodyBytes = 1024 * 1024;  // that are thrown away after the answer

using Answer = std::function<SiteAnswer(const SiteRequest&)>;

std::string text_of(beast::string_view view) { return {view.data(), view.size()}; }

SiteRequest request_of(const http::request<http::empty_body>& message) {
    bool repeats = false;
    const auto header = [&](beast::string_view name) {
        repeats |= message.count(name) > 1;
        return text_of(message[name]);
    };
    SiteRequest request{text_of(message.method_string()), text_of(message.target()), header("Host"), header("Origin"),
                        header("Sec-Fetch-Site"),         header("Sec-Fetch-Mode")};
    request.repeats_headers = repeats;
    return request;
}

http::response<http::string_body> response_of(const http::request<http::empty_body>& request, SiteAnswer answer) {
    http::response<http::string_body> response{static_cast<http::status>(answer.status), request.version()};
    response.set(http::field::content_type, answer.type);
    response.set(http::field::cache_control, "no-store");
    response.set("Content-Security-Policy", "frame-ancestors 'none'");  // the rest of it stands in the page
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Referrer-Policy", "no-referrer");
    response.set("Cross-Origin-Resource-Policy", "same-origin");
    response.set("Cross-Origin-Opener-Policy", "same-origin");
    response.keep_alive(request.keep_alive());
    const size_t size = answer.body.size();
    if (request.method() != http::verb::head) response.body() = std::move(answer.body);
    response.content_length(size);
    return response;
}

// One connection: a request, its answer, and so on. Lives as long as something of it is under way.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, const Answer& answer, size_t& count)
        : stream_(std::move(socket)), answer_(answer), count_(count) {
        ++count_;
    }
    ~Connection() { --count_; }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void read() {
        parser_.emplace();
        parser_->header_limit(kMostHeaderBytes);
        stream_.expires_after(kPatience);
        http::async_read_header(stream_, buffer_, *parser_,
                                [self = shared_from_this()](beast::error_code error, size_t) {
                                    if (!error) self->write();
                                });
    }

private:
    void write() {
        const auto& request = parser_->get();
        SiteAnswer answer = answer_(request_of(request));
        if (request.method() != http::verb::head) goes_on_ = std::move(answer.goes_on);
        response_ = response_of(request, std::move(answer));
        if (goes_on_) return begin_events();
        if (request.has_content_length() || request.chunked()) response_.keep_alive(false);  // nobody reads a body
        stream_.expires_after(kPatience);
        http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, size_t) {
            if (error) return;
            if (self->response_.keep_alive()) return self->read();
            self->stream_.socket().shutdown(tcp::socket::shutdown_send, error);
            self->drain();
        });
    }
    void begin_events() {
        response_.keep_alive(false);  // it ends with the connection
        response_.content_length(boost::none);
        head_.emplace(response_);
        stream_.expires_after(kPatience);
        http::async_write_header(stream_, *head_, [self = shared_from_this()](beast::error_code error, size_t) {
            if (!error) self->tell();
        });
    }
    void tell() {
        event_ = goes_on_();
        stream_.expires_after(kPatience);
        asio::async_write(stream_, asio::buffer(event_), [self = shared_from_this()](beast::error_code error, size_t) {
            if (error) return;
            self->timer_.expires_after(kBetweenEvents);
            self->timer_.async_wait([self](beast::error_code stopped) {
                if (!stopped) self->tell();
            });
        });
    }
    // What is closed before all that came was read takes the answer with it.
    void drain() {
        if (drained_ > kMostBodyBytes) return;
        buffer_.consume(buffer_.size());
        stream_.async_read_some(buffer_.prepare(kMostHeaderBytes),
                                [self = shared_from_this()](beast::error_code error, size_t bytes) {
                                    self->drained_ += bytes;
                                    if (!error) self->drain();
                                });
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_{kMostHeaderBytes};
    std::optional<http::request_parser<http::empty_body>> parser_;
    http::response<http::string_body> response_;
    std::function<std::string()> goes_on_;  // events, where those were asked for
    std::optional<http::response_serializer<http::string_body>> head_;
    std::string event_;
    asio::steady_timer timer_{stream_.get_executor()};
    size_t drained_ = 0;
    const Answer& answer_;
    size_t& count_;
};

}  // namespace

struct HttpServer::Parts {
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    asio::signal_set signals{context, SIGINT, SIGTERM};
    Answer answer;
    size_t connections = 0;

    void accept() {
        acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
            if (!acceptor.is_open()) return;
            if (!error && connections < kMostConnections) {
                std::make_shared<Connection>(std::move(socket), answer, connections)->read();
            }
            accept();
        });
    }
};

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

Result<HttpServer> HttpServer::open(uint16_t port) {
    auto parts = std::make_unique<Parts>();
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    beast::error_code error;
    parts->acceptor.open(endpoint.protocol(), error);
    if (!error) parts->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) parts->acceptor.bind(endpoint, error);
    if (!error) parts->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        return Error{"port " + std::to_string(port) + " of this machine cannot be listened at", error.message(),
                     "choose another with --port; 0 takes one that is free"};
    }
    return HttpServer(std::move(parts));
}

uint16_t HttpServer::port() const { return parts_->acceptor.local_endpoint().port(); }

void HttpServer::run(std::function<SiteAnswer(const SiteRequest&)> answer) {
    parts_->answer = std::move(answer);
    parts_->signals.async_wait([this](beast::error_code, int) { parts_->context.stop(); });
    parts_->accept();
    parts_->context.run();
}

}  // namespace ttmem
