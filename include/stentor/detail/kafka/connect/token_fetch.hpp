#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/connect/errand.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/error.hpp>
#include <stentor/token_source.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// What a source has brought, or why it has not.
[[nodiscard]] inline result<bearer_token> fetch_from(token_source& source) noexcept {
    std::string why;
    try {
        return source.fetch();
    } catch (const std::exception& e) {
        why = words(e.what());
    } catch (...) {
        why = words("the token_source threw something that is no std::exception");
    }
    return error(errc::authentication, std::move(why));
}

// librdkafka would use what is before a NUL as if it were all.
[[nodiscard]] inline const char* field_with_nul(const bearer_token& t) noexcept {
    const auto cut = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    if (t.token.reveal().find('\0') != std::string::npos) {
        return "token";
    }
    if (cut(t.principal)) {
        return "principal";
    }
    const bool extension =
        std::any_of(t.extensions.begin(), t.extensions.end(), [&](const auto& e) { return cut(e.first) || cut(e.second); });
    return extension ? "extensions" : nullptr;
}

// Why librdkafka does not take it; empty when it does.
[[nodiscard]] inline std::string give_token(rd_kafka_t* client, const bearer_token& t) {
    if (const char* const field = field_with_nul(t)) {
        return std::string("the bearer_token's ").append(field).append(" contains a NUL character");
    }
    std::vector<const char*> extensions;
    for (const auto& [name, value] : t.extensions) {
        extensions.push_back(name.c_str());
        extensions.push_back(value.c_str());
    }
    char words[512];
    if (::rd_kafka_oauthbearer_set_token(client, t.token.reveal().c_str(), t.expires.time_since_epoch().count(),
                                         t.principal.c_str(), extensions.empty() ? nullptr : extensions.data(), extensions.size(),
                                         words, sizeof words) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return {};
    }
    std::string why = words;
    // librdkafka repeats the name or the value of an extension that it refuses.
    if (why.find("OAUTHBEARER extension") != std::string::npos) {
        why.resize(std::min(why.find(": "), why.size()));
    }
    return why.empty() ? "librdkafka refuses the token" : why;
}

// Gets a client its tokens. A source may ask somebody far away, and meanwhile nothing else waits.
class token_fetch {
public:
    explicit token_fetch(bell& b) : fetch_(b) {}

    // That client wants one. What is under way already, perhaps for the client before it, is as good.
    void begin(const std::shared_ptr<token_source>& source, rd_kafka_t* client) noexcept {
        try {
            if (!fetch_.begin("stentor-tokens", [source] { return fetch_from(*source); }) && fetch_.idle()) {
                ::rd_kafka_oauthbearer_set_token_failure(client, "there is no thread left to ask the token_source on");
            }
        } catch (const std::bad_alloc&) {
            ::rd_kafka_oauthbearer_set_token_failure(client, "there is no memory to ask the token_source");
        }
    }
    [[nodiscard]] bool under_way() const noexcept { return fetch_.under_way(); }
    // Nobody waits for a source that hangs longer than until then.
    void wait_until(instant until) const noexcept { fetch_.wait_until(until); }

    // When something has come back, it is for that client, which may be gone.
    void give(rd_kafka_t* client) noexcept {
        const std::optional<result<bearer_token>> got = fetch_.take();
        if (!got || client == nullptr) {
            return;
        }
        try {
            std::string why;
            if (*got) {
                why = give_token(client, **got);
            } else {
                why = got->error().cause.empty() ? got->error().code.message() : got->error().cause;
            }
            if (!why.empty()) {
                ::rd_kafka_oauthbearer_set_token_failure(client, why.c_str());
            }
        } catch (const std::bad_alloc&) {
            ::rd_kafka_oauthbearer_set_token_failure(client, "there is no memory to hand over its token");
        }
    }

private:
    errand<result<bearer_token>> fetch_;
};

}  // namespace stentor::inline v0::detail::kafka
