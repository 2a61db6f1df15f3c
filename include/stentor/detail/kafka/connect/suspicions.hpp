#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/kafka/connect/diagnosis.hpp>
#include <stentor/detail/kafka/connect/port_look.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// Brokers that hung up before anything was known of them. librdkafka guesses what such a listener wants; the broker may as well
// have gone down at that moment, or stand behind a proxy that takes connections for it while it is away. So what ends all waiting
// is not the guess, but what a look at the port has shown.
class suspicions {
public:
    // It hung up, and `why` leaves something open. `rises`: how often the client has been up.
    void hung_up(const std::string& broker, diagnosis why, std::uint32_t rises, std::int64_t now) {
        if (const auto known = find(broker); known != all_.end()) {
            known->why = std::move(why);
        } else if (all_.size() < most) {
            all_.push_back({broker, std::move(why), rises, now});
        }
    }
    // Something else is known of it now.
    void drop(std::string_view broker) {
        std::erase_if(all_, [&](const one& s) { return s.broker == broker; });
    }
    void clear() noexcept { all_.clear(); }

    // One that nobody has looked at yet; null when there is none.
    [[nodiscard]] const std::string* next() const noexcept {
        const auto found = std::find_if(all_.begin(), all_.end(), [](const one& s) { return !s.has_tls; });
        return found != all_.end() ? &found->broker : nullptr;
    }
    // What the look has shown: the cause, if that is certain now.
    [[nodiscard]] std::optional<diagnosis> looked_at(const std::string& broker, const port_look& found, const security& s) {
        const auto known = find(broker);
        if (known == all_.end()) {
            return std::nullopt;
        }
        if (known->why.open == diagnosis::doubt::after_login && s.tls && found.what == port_look::kind::tls) {
            known->has_tls = true;
            return std::nullopt;
        }
        diagnosis d = std::move(known->why);
        all_.erase(known);
        return settle(d, found, s) ? std::optional<diagnosis>(std::move(d)) : std::nullopt;
    }
    // No broker is up any more. Behind TLS nobody of ours can look; but who has answered there as a broker does, each time, and
    // hung up after it three times, does not just go down.
    [[nodiscard]] std::optional<diagnosis> gone_again(std::uint32_t rises, std::int64_t now) {
        const auto found = std::find_if(all_.begin(), all_.end(), [&](const one& s) {
            return s.has_tls && rises - s.rises >= 2 && now - s.since >= half_a_second;
        });
        if (found == all_.end()) {
            return std::nullopt;
        }
        diagnosis d = std::move(found->why);
        d.open = diagnosis::doubt::none;
        all_.erase(found);
        return d;
    }

private:
    static constexpr std::size_t most = 64;
    static constexpr std::int64_t half_a_second = 500'000'000;

    struct one {
        std::string broker;  // host:port
        diagnosis why;
        std::uint32_t rises;
        std::int64_t since;
        bool has_tls = false;  // as it should
    };

    [[nodiscard]] std::vector<one>::iterator find(std::string_view broker) {
        return std::find_if(all_.begin(), all_.end(), [&](const one& s) { return s.broker == broker; });
    }

    std::vector<one> all_;
};

}  // namespace stentor::inline v0::detail::kafka
