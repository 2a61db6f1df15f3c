#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/detail/murmur2.hpp>
#include <stentor/transport.hpp>
#include <stentor/transport/kafka.hpp>

// The smallest publisher's core that can drive a transport: it parks what was answered with `again` and hands it over again when
// told so, and remembers everything that it was told.

namespace wire {

using namespace std::chrono_literals;
using stentor::milliseconds;

struct message {
    std::string_view topic;  // must stay where it is: its address is its identity
    std::optional<std::string> key{};
    std::optional<std::string> value{};
    std::vector<stentor::header> headers{};
    std::int32_t partition = -1;
};

struct outcome_of {
    stentor::outcome outcome = stentor::outcome::unknown;
    std::int32_t native = 0;
    stentor::errc code = stentor::errc::none;
    std::string cause{};
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    bool taken_back = false;
    bool refused_at_once = false;
    stentor::timestamp time_handed_back{};
    std::string value_handed_back{};
    std::string key_handed_back{};
    std::size_t headers_handed_back = 0;
    std::string first_header_handed_back{};
    bool on_event_thread = false;
    std::chrono::steady_clock::time_point when{};
};

class collector final : public stentor::events {
public:
    explicit collector(stentor::kafka_transport t, bool resubmit_taken = false)
        : transport(std::move(t)), resubmit_taken_(resubmit_taken) {
        transport.attach(*this);
    }
    ~collector() { finish(2s); }

    // Retires, and waits until the transport has let go.
    bool finish(stentor::nanoseconds within) {
        if (finished_) {
            return true;
        }
        finished_ = true;
        auto kept = std::shared_ptr<int>(new int(0), [this](int* p) {
            delete p;
            const std::lock_guard g(m_);
            released_ = true;
            changed_.notify_all();
        });
        transport.retire(std::move(kept), transport.now().now + within);
        std::unique_lock l(m_);
        return changed_.wait_for(l, 10s, [&] { return released_; });
    }

    // Returns the number by which `results` knows it.
    std::size_t send(message m) {
        const std::lock_guard order(sending_);
        const std::size_t n = add(std::move(m));
        if (!try_submit(n)) {
            const std::lock_guard g(m_);
            parked_.push_back(n);
        }
        return n;
    }
    bool try_submit(std::size_t n) {
        pending& p = at(n);
        stentor::record r;
        r.topic = p.what.topic;
        r.key = p.what.key ? std::string_view(*p.what.key) : std::string_view{};
        r.value = p.what.value ? std::string_view(*p.what.value) : std::string_view{};
        r.headers = stentor::header_view(p.what.headers);
        r.time = transport.now().wall;
        r.partition = p.what.partition;
        p.token->keyed = p.what.key.has_value();
        p.token->key_hash = p.token->keyed ? stentor::detail::murmur2(r.key) : 0;
        const stentor::fault f = transport.submit(r, *p.token);
        const std::lock_guard g(m_);
        if (f.again) {
            last_again = std::string(f.text());
            return false;
        }
        if (f) {
            outcome_of o;
            o.outcome = stentor::outcome::not_persisted;
            o.native = f.native;
            o.code = f.code;
            o.cause = std::string(f.text());
            o.refused_at_once = true;
            settle(n, o);
        }
        return true;
    }

    [[nodiscard]] bool wait_results(std::size_t count, stentor::nanoseconds patience = 5s) {
        std::unique_lock l(m_);
        return changed_.wait_for(l, patience, [&] { return done_ >= count; });
    }
    template <class Condition>
    [[nodiscard]] bool wait_for(Condition c, stentor::nanoseconds patience = 5s) {
        std::unique_lock l(m_);
        return changed_.wait_for(l, patience, c);
    }
    [[nodiscard]] outcome_of result(std::size_t n) {
        const std::lock_guard g(m_);
        return *pending_[n]->result;
    }
    [[nodiscard]] bool has_result(std::size_t n) {
        const std::lock_guard g(m_);
        return pending_[n]->result.has_value();
    }
    // Those that are being handed over count when that has been decided.
    [[nodiscard]] std::size_t parked() {
        const std::lock_guard order(sending_);
        const std::lock_guard g(m_);
        return parked_.size();
    }
    // Send and wait: the usual case.
    outcome_of send_and_wait(message m, stentor::nanoseconds patience = 5s) {
        const std::size_t n = send(std::move(m));
        std::unique_lock l(m_);
        if (!changed_.wait_for(l, patience, [&] { return pending_[n]->result.has_value(); })) {
            outcome_of none;
            none.cause = "no result in time, last: " + last_again;
            return none;
        }
        return *pending_[n]->result;
    }

    void completed(stentor::completion& c, const stentor::report& r, const stentor::moment&) noexcept override {
        const std::lock_guard g(m_);
        const std::size_t n = static_cast<token_type&>(c).number;
        outcome_of o;
        o.outcome = r.outcome;
        o.native = r.why.native;
        o.code = r.why.code;
        o.cause = std::string(r.why.text());
        o.partition = r.partition;
        o.offset = r.offset;
        o.taken_back = r.taken_back;
        o.on_event_thread = stentor::detail::on_event_thread();
        o.when = std::chrono::steady_clock::now();
        if (r.returned != nullptr) {
            o.time_handed_back = r.returned->time;
            o.value_handed_back = std::string(r.returned->value);
            o.key_handed_back = std::string(r.returned->key);
            o.headers_handed_back = r.returned->headers.size();
            if (!r.returned->headers.empty()) {
                o.first_header_handed_back =
                    std::string(r.returned->headers[0].name) + "=" + std::string(r.returned->headers[0].value);
            }
        }
        if (r.taken_back) {
            ++taken_back;
            if (resubmit_taken_ && !finished_) {
                parked_.push_back(n);
                transport.wake_at(transport.now().now);
                return;
            }
        }
        settle(n, o);
    }
    void woken(const stentor::moment& at) noexcept override {
        {
            const std::lock_guard g(m_);
            woken_at.push_back(at.now);
            changed_.notify_all();
        }
        hand_over();
    }
    void resumed(const stentor::moment&) noexcept override {
        {
            const std::lock_guard g(m_);
            ++resumes;
            changed_.notify_all();
        }
        hand_over();
    }
    void client(const stentor::client_event& e, const stentor::moment&) noexcept override {
        const std::lock_guard g(m_);
        heard.push_back({e.what, e.code, std::string(e.cause)});
        changed_.notify_all();
    }

    struct heard_event {
        stentor::client_event::kind what;
        stentor::errc code;
        std::string cause;
    };
    [[nodiscard]] std::size_t count_heard(stentor::client_event::kind k) const {  // with the lock of wait_for
        std::size_t n = 0;
        for (const auto& e : heard) {
            n += e.what == k ? 1 : 0;
        }
        return n;
    }
    [[nodiscard]] std::vector<heard_event> all_heard() {
        const std::lock_guard g(m_);
        return heard;
    }
    // A message that is new to it, but not submitted.
    std::size_t add(message m) {
        const std::lock_guard g(m_);
        auto p = std::make_unique<pending>();
        p->what = std::move(m);
        p->token = std::make_unique<token_type>();
        p->token->owner = this;
        p->token->number = pending_.size();
        pending_.push_back(std::move(p));
        return pending_.size() - 1;
    }
    // Uses the completion of an earlier message again, as slots do.
    void reuse(std::size_t n, message m) {
        const std::lock_guard g(m_);
        pending_[n]->what = std::move(m);
        pending_[n]->result.reset();
    }

    stentor::kafka_transport transport;
    std::vector<heard_event> heard;
    std::vector<stentor::instant> woken_at;
    std::size_t resumes = 0;
    std::size_t taken_back = 0;
    std::string last_again;

private:
    struct token_type : stentor::completion {
        std::size_t number = 0;
    };
    struct pending {
        message what;
        std::unique_ptr<token_type> token;
        std::optional<outcome_of> result;
    };

    pending& at(std::size_t n) {
        const std::lock_guard g(m_);
        return *pending_[n];
    }
    void settle(std::size_t n, const outcome_of& o) {
        pending_[n]->result = o;
        ++done_;
        changed_.notify_all();
    }
    void hand_over() {
        const std::lock_guard order(sending_);
        for (;;) {
            std::size_t n = 0;
            {
                const std::lock_guard g(m_);
                if (parked_.empty()) {
                    return;
                }
                n = parked_.front();
                parked_.pop_front();
            }
            if (!try_submit(n)) {
                const std::lock_guard g(m_);
                parked_.push_front(n);
                return;
            }
        }
    }

    std::mutex m_;
    std::mutex sending_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<pending>> pending_;
    std::deque<std::size_t> parked_;
    std::size_t done_ = 0;
    bool released_ = false;
    bool finished_ = false;
    bool resubmit_taken_;
};

}  // namespace wire
