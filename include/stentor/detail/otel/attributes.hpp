#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <opentelemetry/common/attribute_value.h>
#include <opentelemetry/common/key_value_iterable.h>
#include <opentelemetry/nostd/function_ref.h>
#include <opentelemetry/nostd/string_view.h>

#include <stentor/detail/json/text.hpp>
#include <stentor/detail/valid_text.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

namespace otel = ::opentelemetry;

[[nodiscard]] inline otel::nostd::string_view otel_view(std::string_view text) noexcept { return {text.data(), text.size()}; }

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        const auto* const at = reinterpret_cast<const unsigned char*>(text.data()) + i;
        const std::size_t length = *at < 0x80 ? 1 : utf8_sequence(at, text.size() - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

// A text on its way to a span. OTLP's texts are UTF-8, and a collector may refuse all spans of a request for one wrong byte. Copies
// only what is wrong; without memory that is left out.
class otel_text {
public:
    explicit otel_text(std::string_view text) noexcept : text_(text) {
        if (!is_utf8(text)) {
            try {
                mended_ = valid_text(text);
            } catch (const std::bad_alloc&) {
                mended_.clear();
            }
            text_ = mended_;
        }
    }
    otel_text(const otel_text&) = delete;
    otel_text& operator=(const otel_text&) = delete;
    [[nodiscard]] otel::nostd::string_view view() const noexcept { return otel_view(text_); }

private:
    std::string mended_{};
    std::string_view text_;
};

// Attributes without an allocation; views, and names are literals.
template <std::size_t Capacity>
class otel_attributes final : public otel::common::KeyValueIterable {
public:
    void add(otel::nostd::string_view name, const otel::common::AttributeValue& value) noexcept {
        if (count_ < Capacity) {
            list_[count_++] = {name, value};
        }
    }
    void add_text(otel::nostd::string_view name, std::string_view value) noexcept { add(name, otel_view(value)); }

    bool ForEachKeyValue(
        otel::nostd::function_ref<bool(otel::nostd::string_view, otel::common::AttributeValue)> callback) const noexcept override {
        for (std::size_t i = 0; i < count_; ++i) {
            if (!callback(list_[i].first, list_[i].second)) {
                return false;
            }
        }
        return true;
    }
    [[nodiscard]] std::size_t size() const noexcept override { return count_; }

private:
    std::array<std::pair<otel::nostd::string_view, otel::common::AttributeValue>, Capacity> list_{};
    std::size_t count_ = 0;
};

}  // namespace stentor::inline v0::detail
