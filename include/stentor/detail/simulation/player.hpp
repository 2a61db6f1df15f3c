#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stentor/circuit.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/options.hpp>
#include <stentor/publisher.hpp>
#include <stentor/testing/simulation/process.hpp>
#include <stentor/testing/simulation/workload.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::simulation {

class stage;

// The handler of one message.
struct listener {
    stage* to = nullptr;
    std::uint32_t number = 0;
    void operator()(const result<receipt>& r) const;
};

// The same, too large for the place that a publisher has for small ones.
struct large_listener {
    listener inner{};
    std::array<std::uint64_t, 12> more{};

    large_listener(stage* to, std::uint32_t number) : inner{to, number} { more.fill(number); }
    void operator()(const result<receipt>& r) const;
};

// A publisher, whatever its type.
class player {
public:
    player() = default;
    virtual ~player() = default;
    player(const player&) = delete;
    player& operator=(const player&) = delete;
    [[nodiscard]] virtual result<receipt> publish(const simulated_call& c, const publish_options& o) = 0;
    [[nodiscard]] virtual result<receipt> erase(const simulated_call& c, const publish_options& o) = 0;
    [[nodiscard]] virtual result<void> async(const simulated_call& c, const publish_options& o, stage* to, std::uint32_t number,
                                             bool may_wait) = 0;
    [[nodiscard]] virtual result<void> flush(nanoseconds within) = 0;
    [[nodiscard]] virtual result<void> close(nanoseconds within) = 0;
    [[nodiscard]] virtual account books() const noexcept = 0;
    [[nodiscard]] virtual stentor::circuit circuit() noexcept = 0;
    // Its breaker is one whose transitions we know: a user's may be a switch.
    [[nodiscard]] virtual bool by_the_book() const noexcept = 0;
    // Permits that are out, if the breaker counts them.
    [[nodiscard]] virtual std::int64_t permits_out() noexcept = 0;
    virtual void crash() noexcept = 0;
    virtual void isolate() noexcept = 0;
    virtual void reset() noexcept = 0;
};

template <class Publisher, class Make>
class player_of final : public player {
public:
    template <class Factory>
    player_of(Factory& factory, simulated_process& here, const Make& make) : publisher_(factory(here)), make_(make) {}

    [[nodiscard]] result<receipt> publish(const simulated_call& c, const publish_options& o) override {
        return publisher_.publish(make_(c), o);
    }
    // Of the key that the message would have; without one there is nothing to erase, and it is published.
    [[nodiscard]] result<receipt> erase(const simulated_call& c, const publish_options& o) override {
        using made = std::remove_cvref_t<std::invoke_result_t<const Make&, const simulated_call&>>;
        const auto& what = make_(c);
        if constexpr (requires { message_traits<made>::key(what); }) {
            constexpr bool has_topic = requires { std::string_view(message_traits<made>::topic); };
            if (!o.key && (has_topic || !o.topic.empty())) {
                return publisher_.template erase<made>(std::string_view(message_traits<made>::key(what)), o);
            }
        }
        return publisher_.publish(what, o);
    }
    [[nodiscard]] result<void> async(const simulated_call& c, const publish_options& o, stage* to, std::uint32_t number,
                                     bool may_wait) override {
        return number % 4 == 0 ? send(c, o, large_listener(to, number), may_wait) : send(c, o, listener{to, number}, may_wait);
    }
    [[nodiscard]] result<void> flush(nanoseconds within) override { return publisher_.flush(within); }
    [[nodiscard]] result<void> close(nanoseconds within) override { return publisher_.close(within); }
    [[nodiscard]] account books() const noexcept override { return publisher_.account(); }
    [[nodiscard]] stentor::circuit circuit() noexcept override { return publisher_.breaker().state(); }
    [[nodiscard]] bool by_the_book() const noexcept override {
        return std::is_same_v<std::remove_cvref_t<decltype(std::declval<Publisher&>().breaker())>, failure_breaker>;
    }
    [[nodiscard]] std::int64_t permits_out() noexcept override {
        if constexpr (requires(Publisher& p) { static_cast<std::int64_t>(p.breaker().permits_out()); }) {
            return static_cast<std::int64_t>(publisher_.breaker().permits_out());
        } else {
            return 0;
        }
    }
    void crash() noexcept override { publisher_.transport().crash(); }
    void isolate() noexcept override {
        if constexpr (requires(Publisher& p) { p.breaker().isolate(); }) {
            publisher_.breaker().isolate();
        }
    }
    void reset() noexcept override {
        if constexpr (requires(Publisher& p) { p.breaker().reset(); }) {
            publisher_.breaker().reset();
        }
    }

private:
    template <class Listener>
    [[nodiscard]] result<void> send(const simulated_call& c, const publish_options& o, const Listener& to, bool may_wait) {
        return may_wait ? publisher_.async_publish(make_(c), to, o) : publisher_.try_async_publish(make_(c), to, o);
    }

    Publisher publisher_;
    const Make& make_;
};

}  // namespace stentor::inline v0::detail::simulation
