#pragma once

#include <memory>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include <stentor/http/beast.hpp>

// Servers for the tests.

namespace web {

[[nodiscard]] inline std::unique_ptr<stentor::http_server> serve(stentor::http_server::handler answer,
                                                                 const stentor::http_server_options& options = {}) {
    auto server = stentor::http_server::listen(options, std::move(answer));
    REQUIRE(server);
    return std::move(server).value();
}

[[nodiscard]] inline stentor::http_answer echo(const stentor::http_request& r) {
    return {200,
            "text/plain",
            std::string(r.method).append(" ").append(r.target).append(" ").append(r.accept).append(" ").append(r.body),
            {}};
}

}  // namespace web
