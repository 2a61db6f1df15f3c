#include <string_view>
#include <tuple>
#include <type_traits>

#include <stentor/detail/wrong_policy.hpp>
#include <stentor/serializer/json.hpp>
#include <stentor/tracer/w3c.hpp>
#include <stentor/transport/memory.hpp>

// Which verdict there is; that it is one readable error is tested in tests/fail.

using namespace stentor;
using detail::all_right;
using detail::verdict_on;
using detail::verdict_on_arguments;
using detail::verdict_on_places;
using detail::wrong;

namespace {

struct nothing_at_all {};
struct sealed final {};
struct misspelt {
    verdict next(int) const noexcept;
};
struct with_two_signatures {
    void start(int);
    void start(double);
};
struct nameless_serializer {
    fault serialize(int, buffer&) const;
};

using memory = memory_transport;
using places = std::tuple<json_serializer, no_retry, no_breaker, no_tracer>;
template <class... Policies>
using judged = verdict_on_arguments<all_right, places, Policies...>;

}  // namespace

static_assert(std::is_same_v<verdict_on_places<memory, json_serializer, no_retry, no_breaker, no_tracer>, all_right>);
// The first that is wrong is the one that is named.
static_assert(
    std::is_same_v<verdict_on_places<memory, int, nothing_at_all, no_breaker, no_tracer>, verdict_on<wrong::content_type, int>>);
static_assert(std::is_same_v<verdict_on_places<memory, no_retry, json_serializer, no_breaker, no_tracer>,
                             verdict_on<wrong::order, no_retry>>);
static_assert(std::is_same_v<verdict_on_places<json_serializer, memory, no_retry, no_breaker, no_tracer>,
                             verdict_on<wrong::order, json_serializer>>);

static_assert(std::is_same_v<judged<>, all_right>);
static_assert(std::is_same_v<judged<no_tracer, publisher_options, no_retry>, all_right>);
static_assert(std::is_same_v<judged<no_retry, publisher_options, no_retry>, verdict_on<wrong::twice, no_retry>>);
static_assert(std::is_same_v<judged<publisher_options, publisher_options>, verdict_on<wrong::twice, publisher_options>>);
static_assert(std::is_same_v<judged<no_retry, memory>, verdict_on<wrong::twice, memory>>);
static_assert(std::is_same_v<judged<no_tracer, exponential_backoff>, verdict_on<wrong::other_type, exponential_backoff>>);
// The nearest role is found by name, whatever is wrong with the member.
static_assert(std::is_same_v<judged<no_tracer, misspelt>, verdict_on<wrong::next, misspelt>>);
static_assert(std::is_same_v<judged<with_two_signatures>, verdict_on<wrong::start, with_two_signatures>>);
static_assert(std::is_same_v<judged<nameless_serializer>, verdict_on<wrong::content_type, nameless_serializer>>);
static_assert(std::is_same_v<judged<nothing_at_all>, verdict_on<wrong::no_role, nothing_at_all>>);
static_assert(std::is_same_v<judged<sealed>, verdict_on<wrong::no_role, sealed>>);
static_assert(std::is_same_v<judged<int>, verdict_on<wrong::no_role, int>>);
// Of the arguments nothing is said when the places are wrong.
static_assert(std::is_same_v<verdict_on_arguments<verdict_on<wrong::next, int>, places, int>, verdict_on<wrong::next, int>>);
