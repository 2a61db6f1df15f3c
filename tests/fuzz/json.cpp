// from_json of rich types. The first byte says how: strictly or not, which type, how deep. Whatever is read can be written, and is
// the same when it is read again; whatever is refused is refused with a JSON pointer.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stentor/serializer/from_json.hpp>
#include <stentor/serializer/json.hpp>

#include "fuzz/must.hpp"
#include "unit/serializer/types.hpp"

namespace {

using fuzz::must;

template <class T>
void check_value(const T& value) {
    stentor::buffer written;
    if (const stentor::fault f = stentor::json_serializer{}.serialize(value, written)) {
        // A zone can move a time out of the years that can be written.
        must(f.text().ends_with(": is no time of the years 0 to 9999"), "what was read can be written:", f.text());
        must(written.size() == 0, "what cannot be written leaves nothing");
        return;
    }
    for (const bool tolerant : {true, false}) {
        const auto again = stentor::from_json<T>(written.view(), {.unknown_fields = tolerant, .depth = 64});
        must(again.has_value(), "what was written can be read:", written.view());
        must(*again == value, "what was written is read as it was:", written.view());
    }
}

template <class T>
void check_text(std::string_view text, bool tolerant, std::size_t depth) {
    const stentor::from_json_options options{.unknown_fields = tolerant, .depth = depth};
    const auto read = stentor::from_json<T>(text, options);
    if (!read) {
        const std::string& cause = read.error().cause;
        must(read.error() == stentor::errc::serialization, "what cannot be read is errc::serialization:", cause);
        must((cause.starts_with('/') || cause.starts_with("document: ")) && cause.find(": ") != std::string::npos,
             "an error says where:", cause);
        if (tolerant) {
            must(!stentor::from_json<T>(text, {.unknown_fields = false, .depth = depth}).has_value(), "strict is stricter");
        }
        return;
    }
    check_value(*read);
    const auto deeper = stentor::from_json<T>(text, {.unknown_fields = true, .depth = depth + 1});
    must(deeper.has_value() && *deeper == *read, "a wider limit and more tolerance change nothing");
    const auto too_large = stentor::from_json<T>(text, {.size = text.size() - 1});
    must(!too_large.has_value(), "a text over the limit is refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const unsigned how = data[0];
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool tolerant = (how & 1U) != 0;
    const std::size_t depth = 1 + (how >> 2U) % 32;
    if ((how & 2U) != 0) {
        check_text<shapes::everything>(text, tolerant, depth);
    } else {
        check_text<shapes::task>(text, tolerant, depth);
    }
    return 0;
}
