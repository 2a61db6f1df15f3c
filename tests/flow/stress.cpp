#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <stentor/detail/owned_record.hpp>
#include <stentor/publisher.hpp>

// The whole publisher over a toy transport with a thread of its own, for the thread sanitizer. Real time, but only as a bound.

using namespace std::chrono_literals;
using namespace stentor;

namespace {

struct note {
    std::string key;
    std::string text;
    operator std::string_view() const { return text; }
};

constexpr std::size_t threads = 4;
constexpr std::size_t each = 5000;
constexpr std::size_t keys = 6;

// The log of a world in which much goes wrong: one event thread, outcomes by chance.
class toy_world {
public:
    toy_world() : thread_([this] { run(); }) {}
    ~toy_world() { stop(); }
    toy_world(const toy_world&) = delete;
    toy_world& operator=(const toy_world&) = delete;

    void attach(events& core) {
        const std::lock_guard guard(mutex_);
        core_ = &core;
    }
    fault submit(const record& r, completion& c) {
        const std::lock_guard guard(mutex_);
        if (random() % 50 == 0) {
            again_ = true;
            ++said_again;
            wake_.notify_one();
            return fault::not_now("the toy is tired");
        }
        if (random() % 100 == 0) {
            fault f;
            f.code = random() % 2 == 0 ? errc::broker_unavailable : errc::rejected;
            return f;
        }
        queue_.push_back({&c, detail::box<detail::owned_record>(new detail::owned_record(r))});
        wake_.notify_one();
        return {};
    }
    static moment now() {
        static std::atomic<std::uint64_t> bits{1};
        moment m;
        m.now = instant(std::chrono::steady_clock::now().time_since_epoch());
        m.random = bits.fetch_add(0x9e3779b97f4a7c15ULL);
        return m;
    }
    void wake_at(instant when) {
        const std::lock_guard guard(mutex_);
        alarm_ = std::min(alarm_, when);
        wake_.notify_one();
    }
    void retire(std::shared_ptr<void> keep) {
        const std::lock_guard guard(mutex_);
        keep_ = std::move(keep);
    }
    // Reports what is outstanding and ends the thread.
    void stop() {
        {
            const std::lock_guard guard(mutex_);
            stop_ = true;
            wake_.notify_one();
        }
        if (thread_.joinable()) {
            thread_.join();
        }
        keep_.reset();
    }

    std::map<std::string, std::vector<std::string>, std::less<>> log{};  // after stop()
    int said_again = 0;
    int failed = 0;

private:
    struct item {
        completion* which = nullptr;
        detail::box<detail::owned_record> what{};
    };

    std::uint64_t random() {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return state_ >> 11U;
    }

    void run() {
        std::unique_lock lock(mutex_);
        while (!stop_ || !queue_.empty()) {
            if (queue_.empty() && !again_ && alarm_ > now().now) {
                wake_.wait_for(lock, std::min<nanoseconds>(alarm_ - now().now, 5ms));
            }
            if (core_ == nullptr) {
                continue;
            }
            if (!queue_.empty()) {
                item next = std::move(queue_.front());
                queue_.pop_front();
                const report r = decide(next.what->view());
                lock.unlock();
                core_->completed(*next.which, r, now());
                lock.lock();
            }
            if (again_) {
                again_ = false;
                lock.unlock();
                core_->resumed(now());
                lock.lock();
            }
            if (alarm_ <= now().now) {
                alarm_ = instant::max();
                lock.unlock();
                core_->woken(now());
                lock.lock();
            }
        }
    }

    report decide(const record& what) {
        report r;
        const std::uint64_t dice = random() % 100;
        if (dice < 70 || (dice < 78 && random() % 2 == 0)) {
            log[std::string(what.key)].emplace_back(what.value);
        }
        if (dice < 70) {
            r.partition = 0;
            r.offset = static_cast<std::int64_t>(random() % 1000);
            return r;
        }
        ++failed;
        r.outcome = dice < 78 ? outcome::unknown : outcome::not_persisted;
        r.why.code = dice < 95 ? errc::broker_unavailable : errc::rejected;
        r.returned = &what;
        return r;
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    events* core_ = nullptr;
    std::deque<item> queue_;
    instant alarm_ = instant::max();
    std::shared_ptr<void> keep_;
    std::uint64_t state_ = 88172645463325252ULL;
    bool again_ = false;
    bool stop_ = false;
    std::thread thread_;
};

struct toy_transport {
    std::shared_ptr<toy_world> world;

    void attach(events& core) noexcept { world->attach(core); }
    fault submit(const record& r, completion& c) noexcept { return world->submit(r, c); }
    moment now() noexcept { return toy_world::now(); }
    void wake_at(instant when) noexcept { world->wake_at(when); }
    bool wait(latch& l, instant until) noexcept { return l.wait_until(until); }
    void retire(std::shared_ptr<void> keep, instant) noexcept { world->retire(std::move(keep)); }
};
static_assert(transport<toy_transport>);

// What the callers were told.
struct tally {
    std::vector<std::atomic<int>> outcomes = std::vector<std::atomic<int>>(threads * each);
    std::array<std::atomic<std::uint64_t>, 3> of{};
    void add(std::size_t which, const result<receipt>& r) {
        ++outcomes[which];
        ++of[static_cast<std::size_t>(r ? outcome::persisted : r.error().outcome)];
    }
};

// The place of every record in its thread's own order must only grow, key by key.
bool in_order(const std::vector<std::string>& log) {
    std::array<std::size_t, threads> last{};
    for (const std::string& text : log) {
        std::size_t which = 0;
        std::from_chars(text.data(), text.data() + text.size(), which);
        std::size_t& before = last[which / each];
        if (which + 1 <= before) {
            return false;
        }
        before = which + 1;
    }
    return true;
}

}  // namespace

template <>
struct stentor::message_traits<note> {
    static constexpr std::string_view topic = "stress";
    static std::string_view key(const note& m) { return m.key; }
};

TEST_CASE("four threads on few keys and a bad wire: the account balances, one outcome each, every key in order") {
    auto world = std::make_shared<toy_world>();
    tally told;
    std::atomic<std::uint64_t> refused{0};
    std::atomic<int> flushed_late{0};
    account end;
    {
        basic_publisher p{
            toy_transport{world}, raw_serializer{}, exponential_backoff{.attempts = 4, .initial = 100us},
            no_breaker{},         no_tracer{},      publisher_options{.deadline = 20s, .slots = 256, .parked_per_lane = 64}};
        std::vector<std::thread> running;
        for (std::size_t t = 0; t < threads; ++t) {
            running.emplace_back([&, t] {
                for (std::size_t i = 0; i < each; ++i) {
                    const std::size_t which = t * each + i;
                    const note m{"k" + std::to_string(i * 7 % keys), std::to_string(which)};
                    if (i % 40 == 0) {
                        told.add(which, p.publish(m));
                    } else {
                        const auto handler = [&told, which](const result<receipt>& r) { told.add(which, r); };
                        const auto accepted = i % 3 == 0 ? p.try_async_publish(m, handler) : p.async_publish(m, handler);
                        if (!accepted) {
                            ++refused;
                            ++told.outcomes[which];
                        }
                    }
                    if (i % 1250 == 1249) {
                        flushed_late += p.flush(15s) ? 0 : 1;
                    }
                }
            });
        }
        for (std::thread& t : running) {
            t.join();
        }
        CHECK(p.close(15s));
        end = p.account();
    }
    world->stop();

    CHECK(flushed_late == 0);
    CHECK(std::all_of(told.outcomes.begin(), told.outcomes.end(), [](const std::atomic<int>& n) { return n == 1; }));
    CHECK(end.in_flight == 0);
    CHECK(end.accepted == end.persisted + end.not_persisted + end.unknown);
    CHECK(end.accepted + end.refused == threads * each);
    CHECK(end.refused == refused);
    CHECK(end.persisted == told.of[0]);
    CHECK(end.not_persisted == told.of[1]);
    CHECK(end.unknown == told.of[2]);
    for (const auto& [key, log] : world->log) {
        INFO(key);
        CHECK(in_order(log));
    }
    // It was a bad day.
    CHECK(world->said_again > 50);
    CHECK(world->failed > 500);
    CHECK(end.unknown > 50);
}
