#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/optional/optional.hpp>

#include <stentor/http/answer.hpp>
#include <stentor/http/server_options.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

// What the sessions of a server share. It outlives them.
struct service {
    http_server_options options{};
    std::function<http_answer(const http_request&)> answer{};
    std::function<void()> gone{};  // a session is
};

// One connection: requests one after the other. What is in it runs one at a time, on the strand of its stream. It lives as long as
// an operation of its stream is under way.
class session : public std::enable_shared_from_this<session> {
public:
    session(asio::ip::tcp::socket&& socket, const service& of) : stream_(std::move(socket)), service_(of) {}
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session() { service_.gone(); }

    void begin() {
        asio::post(stream_.get_executor(), [self = shared_from_this()] { self->wait(); });
    }
    // From any thread.
    void close() {
        asio::post(stream_.get_executor(), [self = shared_from_this()] { self->stream_.close(); });
    }

private:
    // For the first byte of a request, so that the time for a request begins with it.
    void wait() {
        parser_.emplace();
        parser_->header_limit(service_.options.header_bytes);
        parser_->body_limit(service_.options.body_bytes);
        if (received_.size() != 0) {
            read_header();
            return;
        }
        stream_.expires_after(service_.options.idle);
        stream_.async_read_some(received_.prepare(1024), [self = shared_from_this()](beast::error_code failed, std::size_t n) {
            if (!failed) {
                self->received_.commit(n);
                self->read_header();
            }
        });
    }

    void read_header() {
        stream_.expires_after(service_.options.request);
        beast::http::async_read_header(
            stream_, received_, *parser_, [self = shared_from_this()](beast::error_code failed, std::size_t) {
                if (failed) {
                    self->refuse(failed);
                } else if (beast::iequals(self->parser_->get()[beast::http::field::expect], "100-continue")) {
                    self->invite();
                } else {
                    self->read_body();
                }
            });
    }

    // RFC 9110, 10.1.1: the client waits for a word before it sends the body.
    void invite() {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(stream_, asio::buffer(go_on), [self = shared_from_this()](beast::error_code failed, std::size_t) {
            if (!failed) {
                self->read_body();
            }
        });
    }

    void read_body() {
        beast::http::async_read(stream_, received_, *parser_, [self = shared_from_this()](beast::error_code failed, std::size_t) {
            if (failed) {
                self->refuse(failed);
            } else {
                self->reply(self->asked(), self->parser_->get().keep_alive());
            }
        });
    }

    // What is no request is answered, if the client is still there to read it, and ends the connection: nobody knows where the next
    // one would begin.
    void refuse(beast::error_code why) {
        using beast::http::error;
        if (why == error::header_limit) {
            reply(plain(431, "the header is too large"), false);
        } else if (why == error::body_limit) {
            reply(plain(413, "the body is too large"), false);
        } else if (why.category() == make_error_code(error::bad_target).category() && why != error::end_of_stream &&
                   why != error::partial_message) {
            reply(plain(400, "this is no HTTP/1.1 request: " + why.message()), false);
        }
    }

    [[nodiscard]] static http_answer plain(unsigned status, std::string text) {
        return {status, "text/plain; charset=utf-8", std::move(text) + "\n", {}};
    }

    [[nodiscard]] http_answer asked() const {
        const auto& request = parser_->get();
        const auto field = [&](beast::http::field name) {
            const auto value = request[name];
            return std::string_view(value.data(), value.size());
        };
        const auto named = [&](beast::string_view name) {
            const auto value = request[name];
            return std::string_view(value.data(), value.size());
        };
        try {
            return service_.answer({std::string_view(request.method_string().data(), request.method_string().size()),
                                    std::string_view(request.target().data(), request.target().size()),
                                    field(beast::http::field::accept), field(beast::http::field::content_type),
                                    named("traceparent"), named("tracestate"), request.body()});
        } catch (...) {
            return plain(500, "the handler failed");
        }
    }

    void reply(http_answer&& what, bool keep_alive) {
        namespace http = beast::http;
        const auto& request = parser_->get();
        answer_ = {};
        answer_.version(11);
        answer_.result(what.status);
        answer_.keep_alive(keep_alive);
        answer_.set(http::field::cache_control, "no-store");
        answer_.set("X-Content-Type-Options", "nosniff");
        if (!what.content_type.empty()) {
            answer_.set(http::field::content_type, what.content_type);
        }
        if (!what.allow.empty()) {
            answer_.set(http::field::allow, beast::string_view(what.allow.data(), what.allow.size()));
        }
        answer_.content_length(what.body.size());
        if (request.method() != http::verb::head) {
            answer_.body() = std::move(what.body);
        }
        stream_.expires_after(service_.options.answer);
        http::async_write(stream_, answer_, [self = shared_from_this(), keep_alive](beast::error_code failed, std::size_t) {
            if (failed) {
                return;
            }
            if (keep_alive) {
                self->wait();
            } else {
                self->hang_up();
            }
        });
    }

    // A client that still sends would get a reset, and with it lose the answer, if the socket were closed at once.
    void hang_up() {
        beast::error_code ignored;
        ignored = stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        drain();
    }
    void drain() {
        received_.clear();
        stream_.async_read_some(received_.prepare(4096), [self = shared_from_this()](beast::error_code failed, std::size_t) {
            if (!failed) {
                self->drain();  // until the time for the answer is over
            }
        });
    }

    beast::tcp_stream stream_;
    const service& service_;
    beast::flat_buffer received_{};
    boost::optional<beast::http::request_parser<beast::http::string_body>> parser_{};
    beast::http::response<beast::http::string_body> answer_{};
};

}  // namespace stentor::inline v0::detail::http
