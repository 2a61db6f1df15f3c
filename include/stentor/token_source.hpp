#pragma once

#include <string>
#include <utility>
#include <vector>

#include <stentor/error.hpp>
#include <stentor/record.hpp>
#include <stentor/secret.hpp>
#include <stentor/version.hpp>

/// @file
/// `token_source`: where a client gets its OAuth tokens.

namespace stentor::inline v0 {

/// What a client logs in with when its mechanism is OAUTHBEARER.
struct bearer_token {
    secret token{};                                                 ///< as it goes to the broker
    timestamp expires{};                                            ///< wall time; a new one is asked for some time before
    std::string principal{};                                        ///< whom it is for
    std::vector<std::pair<std::string, std::string>> extensions{};  ///< sent along with it, as the broker wants them
};

/// Gives tokens. Configurations that share one object share their client, too. `fetch` is called whenever a token is needed, never
/// two at a time for one client, on a thread that the client starts for that call alone: it may block, and nothing but the login
/// waits for it. It must not call the client or its publishers. A client that ends waits for a call under way for at most a second,
/// exit() for two; one that takes longer is left behind and may still run then, so it should give up in time.
class token_source {
public:
    token_source() = default;
    token_source(const token_source&) = delete;
    token_source& operator=(const token_source&) = delete;
    virtual ~token_source() = default;

    /// A fresh token, whose texts hold no NUL character, or why there is none; its cause is told to whoever waits for the login, so
    /// it must hold no secret. What it throws counts as an error.
    [[nodiscard]] virtual result<bearer_token> fetch() = 0;
};

}  // namespace stentor::inline v0
