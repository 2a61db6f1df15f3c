// The examples in the headers' own comments: each stands here as it stands there, and is what its concept asks for.
#include <atomic>
#include <string>
#include <string_view>

#include <stentor/breaker.hpp>
#include <stentor/log/sink.hpp>
#include <stentor/message.hpp>
#include <stentor/retry.hpp>
#include <stentor/serializer.hpp>
#include <stentor/tracer.hpp>
#include <stentor/transport.hpp>

namespace app {
struct new_task {
    std::string task_id;
};
}  // namespace app

template <>
struct stentor::message_traits<app::new_task> {
    static constexpr std::string_view topic = "task-status";        // or a function: topic(const T&)
    static constexpr std::string_view type = "web-crawl";           // optional: sent as a header
    static constexpr std::string_view type_header = "task-type";    // optional: its name; "type" by default, empty: not sent
    static constexpr auto naming = stentor::naming::camel_case;     // optional: as_written by default
    static constexpr auto optionals = stentor::optionals::as_null;  // optional: omitted by default
    // optional: no key by default
    static std::string_view key(const app::new_task& m) { return m.task_id; }
    // optional; or headers(m, add, const stentor::publish_context&)
    static void headers(const app::new_task&, auto&& add) { add("source-service", "gateway"); }
    // optional: asked before anything else happens
    static stentor::fault validate(const app::new_task&);
};

namespace {

struct black_hole {
    void attach(stentor::events&) noexcept {}
    stentor::fault submit(const stentor::record&, stentor::completion&) noexcept { return {}; }
    stentor::moment now() noexcept { return {}; }
    void wake_at(stentor::instant) noexcept {}
    bool wait(stentor::latch& l, stentor::instant until) noexcept { return l.wait_until(until); }
    void retire(std::shared_ptr<void>, stentor::instant) noexcept {}
};

struct shout {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const std::string& message, stentor::buffer& out) const {
        out.append(message);
        out.push_back('!');
        return {};
    }
};

struct every_second {
    stentor::verdict next(const stentor::failure& f) const noexcept {
        return f.attempt < 5 ? stentor::retry_in(std::chrono::seconds(1)) : stentor::give_up();
    }
};

struct kill_switch {
    std::atomic<bool>* off;
    std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept {
        return off->load() ? std::nullopt : std::optional<stentor::permit>{std::in_place};
    }
    void record(stentor::permit, const stentor::call&, const stentor::moment&) noexcept {}
    stentor::circuit state() const noexcept { return off->load() ? stentor::circuit::open : stentor::circuit::closed; }
};

struct counting_tracer {
    std::atomic<int>* failed;
    struct span {
        std::atomic<int>* failed;
        void retrying(const stentor::failure&, const stentor::verdict&, const stentor::moment&) noexcept {}
        void finish(const stentor::result<stentor::receipt>& r, const stentor::moment&) noexcept { *failed += !r; }
    };
    span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) noexcept { return {failed}; }
};

struct line_counter {
    std::atomic<int>* lines;
    void write(stentor::log_level, std::string_view) noexcept { ++*lines; }
};

static_assert(stentor::log_sink<line_counter>);
static_assert(stentor::message<app::new_task>);
static_assert(stentor::transport<black_hole>);
static_assert(stentor::serializer<shout> && stentor::serializer_for<shout, std::string>);
static_assert(stentor::retry_policy<every_second>);
static_assert(stentor::breaker<kill_switch>);
static_assert(stentor::tracer<counting_tracer>);

}  // namespace
