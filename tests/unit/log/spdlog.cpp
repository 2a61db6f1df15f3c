// Left out where spdlog is not installed.
#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include <stentor/log/spdlog.hpp>

using stentor::log_level;
using stentor::spdlog_sink;

static_assert(stentor::log_sink<spdlog_sink>);

namespace {

// Fails at each line.
class broken final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
    void sink_it_(const spdlog::details::log_msg&) override { throw std::runtime_error("full"); }
    void flush_() override {}
};

}  // namespace

TEST_CASE("spdlog_sink hands lines to a logger as they are, each at its level") {
    std::ostringstream out;
    const auto logger = std::make_shared<spdlog::logger>("stentor", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
    logger->set_pattern("%l %v");
    logger->set_level(spdlog::level::info);
    spdlog_sink sink(logger);
    sink.write(log_level::debug, "not taken");
    sink.write(log_level::info, R"({"braces":"{} {0} %v"})");
    sink.write(log_level::warn, "w");
    sink.write(log_level::error, "e");
    CHECK(out.str() == "info {\"braces\":\"{} {0} %v\"}\nwarning w\nerror e\n");
}

TEST_CASE("what spdlog throws, and what its error handler throws, ends in the sink") {
    const auto logger = std::make_shared<spdlog::logger>("stentor", std::make_shared<broken>());
    int told = 0;
    logger->set_error_handler([&](const std::string& why) {
        CHECK(why.starts_with("full"));
        ++told;
        throw std::runtime_error("and this");
    });
    spdlog_sink sink(logger);
    sink.write(log_level::error, "line");
    CHECK(told == 1);
}
