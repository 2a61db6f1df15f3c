// A breaker of one's own: so many failures may happen in a minute; then nothing is tried until the next one begins.

#include <iostream>
#include <mutex>

#include <stentor/stentor.hpp>

namespace app {

// A breaker: an error budget for each minute.
class error_budget {
public:
    explicit error_budget(int failures) : budget_(failures) {}

    std::optional<stentor::permit> allow(std::string_view, const stentor::moment& at) noexcept {
        const std::scoped_lock lock(*mutex_);
        const stentor::instant now = floor<std::chrono::minutes>(at.now);
        spent_ = now > minute_ ? 0 : spent_;
        minute_ = std::max(minute_, now);
        return spent_ < budget_ ? std::optional{stentor::permit{}} : std::nullopt;
    }
    void record(stentor::permit, const stentor::call& what, const stentor::moment&) noexcept {
        const std::scoped_lock lock(*mutex_);
        spent_ += what.signal == stentor::signal::failure || what.signal == stentor::signal::trip ? 1 : 0;
    }
    stentor::circuit state() const noexcept {
        const std::scoped_lock lock(*mutex_);
        return spent_ < budget_ ? stentor::circuit::closed : stentor::circuit::open;
    }

private:
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();  // policies are moved into the publisher
    stentor::instant minute_{};
    int budget_, spent_ = 0;
};

struct log_line {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(log_line, (), (text))

}  // namespace app

template <>
struct stentor::message_traits<app::log_line> {
    static constexpr std::string_view topic = "log";
};

int main() {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, app::error_budget{2}, stentor::no_retry{}};
    broker.fail_next(2, stentor::errc::broker_unavailable);
    for (int second = 0; second <= 60; second += 15) {
        const auto sent = publisher.publish(app::log_line{"started"});
        std::cout << second << " s: " << (sent ? "persisted" : to_string(sent.error().condition())) << '\n';
        broker.advance(std::chrono::seconds(15));
    }
}
