#include <string>
#include <string_view>
#include <type_traits>

#include <stentor/detail/wrong_message.hpp>
#include <stentor/serializer.hpp>

// Which verdict there is; that it is one readable error is tested in tests/fail.

using namespace stentor;
using detail::all_right;
using detail::flaw;
using detail::verdict_on_message;

namespace {

struct plain {};
struct sealed {};
struct keyed {
    std::string id;
};

// Writes everything, which is all that is asked of it here.
struct anything {
    template <class T>
    fault serialize(const T&, buffer&) const {
        return {};
    }
};

template <class T, class Serializer = anything>
using judged = detail::verdict_on_publish<all_right, T, Serializer>;

}  // namespace

template <>
struct stentor::message_traits<sealed> final {
    static constexpr std::string_view topic = "sealed";
};
template <>
struct stentor::message_traits<keyed> {
    static const std::string& topic(const keyed& k) { return k.id; }
    static const std::string& key(const keyed& k) { return k.id; }
    static void headers(const keyed&, auto&& add, const publish_context&) { add("a", "b"); }
};

static_assert(std::is_same_v<judged<keyed>, all_right>);
static_assert(std::is_same_v<judged<sealed>, all_right>);
static_assert(std::is_same_v<judged<plain>, verdict_on_message<flaw::no_traits, plain, anything>>);
static_assert(std::is_same_v<judged<keyed, raw_serializer>, verdict_on_message<flaw::serializer, keyed, raw_serializer>>);
// Nothing is said of a message when the policies are wrong.
static_assert(std::is_same_v<detail::verdict_on_publish<int, plain, anything>, int>);
