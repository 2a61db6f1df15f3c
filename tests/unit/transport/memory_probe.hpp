#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/murmur2.hpp>
#include <stentor/detail/topic_names.hpp>
#include <stentor/transport/memory.hpp>

// A publisher's core that does nothing but write down what it is told.

namespace probe {

using namespace std::chrono_literals;

struct told {
    std::size_t which = 0;  // the number of the submit, from 0
    stentor::outcome outcome{};
    stentor::errc code{};
    std::int32_t native = 0;
    std::string cause{};
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    bool taken_back = false;
    std::string key{};    // of the record that came back
    std::string value{};  // the same
    std::size_t headers = 0;
    stentor::nanoseconds at{};
    std::uint64_t random = 0;
};

struct core final : stentor::events {
    explicit core(stentor::memory_broker& b) : broker(b), transport(b) { transport.attach(*this); }

    stentor::fault send(std::string_view key, std::string_view value = "v", std::string_view topic = "t",
                        std::int32_t partition = -1) {
        stentor::record r;
        r.topic = stentor::detail::topic_names::intern(topic).text;
        r.key = key;
        r.value = value;
        const stentor::header list[] = {{"fixed", "f", true}, {"made", value, false}};
        r.headers = stentor::header_view(list, 2);
        r.time = transport.now().wall;
        r.partition = partition;
        stentor::completion& c = completions.emplace_back();
        c.owner = this;
        c.keyed = key.data() != nullptr;
        c.key_hash = c.keyed ? stentor::detail::murmur2(key) : 0;
        return transport.submit(r, c);
    }

    void completed(stentor::completion& which, const stentor::report& what, const stentor::moment& at) noexcept override {
        off_event_thread += !stentor::detail::on_event_thread();
        told t;
        while (&completions[t.which] != &which) {
            ++t.which;
        }
        t.outcome = what.outcome;
        t.code = what.why.code;
        t.native = what.why.native;
        t.cause = what.why.text();
        t.partition = what.partition;
        t.offset = what.offset;
        t.taken_back = what.taken_back;
        if (what.returned != nullptr) {
            t.key = what.returned->key;
            t.value = what.returned->value;
            t.headers = what.returned->headers.size();
        }
        t.at = broker.elapsed();
        t.random = at.random;
        reports.push_back(std::move(t));
        if (on_report) {
            on_report();
        }
    }
    void woken(const stentor::moment&) noexcept override {
        alarms.push_back(broker.elapsed());
        if (on_woken) {
            on_woken();
        }
    }
    void resumed(const stentor::moment&) noexcept override {
        resumes.push_back(broker.elapsed());
        if (on_resumed) {
            on_resumed();
        }
    }
    void client(const stentor::client_event& what, const stentor::moment&) noexcept override { news.push_back(what.what); }

    stentor::instant in(stentor::nanoseconds d) const { return broker.now() + d; }

    stentor::memory_broker& broker;
    stentor::memory_transport transport;
    std::deque<stentor::completion> completions;
    std::vector<told> reports;
    std::vector<stentor::nanoseconds> alarms;
    std::vector<stentor::nanoseconds> resumes;
    std::vector<stentor::client_event::kind> news;
    std::function<void()> on_report;
    std::function<void()> on_woken;
    std::function<void()> on_resumed;
    int off_event_thread = 0;
};

}  // namespace probe
