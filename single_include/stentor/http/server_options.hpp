// Made by single_include/generate.py from include/stentor/http/server_options.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <stentor/stentor.hpp>

namespace stentor::inline v0 {

/// What an `http_server` is made with.
struct http_server_options {
    std::string address = "127.0.0.1";  ///< where to listen, as a number; "0.0.0.0" or "::" is everywhere
    std::uint16_t port = 0;             ///< 0: a free one
    std::size_t connections = 64;       ///< open at once; more wait until one closes
    unsigned threads = 2;               ///< that run the handler, so that one which waits stalls nobody; at least 1
    std::uint32_t header_bytes = 8192;  ///< of a request's line and headers; more is 431
    std::size_t body_bytes = 65536;     ///< of a request's body; more is 413
    std::chrono::milliseconds request =
        std::chrono::seconds(10);                               ///< from a request's first byte to its last; over that it is closed
    std::chrono::milliseconds idle = std::chrono::seconds(30);  ///< between requests; the same
    std::chrono::milliseconds answer = std::chrono::seconds(10);  ///< until the client has taken an answer; the same
};

}  // namespace stentor::inline v0
