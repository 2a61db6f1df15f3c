#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

#include <stentor/detail/box.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// A record with its bytes, for the times when it must outlive its `submit`: parked, backing off, or on its way to a dead-letter
// topic. One block for all bytes. The topic is interned and therefore not copied.
class owned_record {
public:
    // `extra` headers go behind the record's own. Throws std::bad_alloc.
    explicit owned_record(const record& from, header_view extra = {}) : record_(from) {
        std::size_t total = from.key.size() + from.value.size();
        for (const header_view& list : {from.headers, extra}) {
            for (const header& h : list) {
                total += h.fixed ? 0 : h.name.size() + h.value.size();
            }
        }
        bytes_ = box<char[]>(new char[total + 1]);
        char* to = bytes_.get();
        record_.key = copy(from.key, to);
        record_.value = copy(from.value, to);
        headers_.reserve(from.headers.size() + extra.size());
        for (const header_view& list : {from.headers, extra}) {
            for (const header& h : list) {
                headers_.push_back(h.fixed ? h : header{copy(h.name, to), copy(h.value, to), false});
            }
        }
        record_.headers = header_view(headers_.data(), headers_.size());
    }
    owned_record(const owned_record&) = delete;
    owned_record& operator=(const owned_record&) = delete;

    [[nodiscard]] const record& view() const noexcept { return record_; }

private:
    // Null stays null: a null key has no lane, a null value is a tombstone.
    static std::string_view copy(std::string_view bytes, char*& to) noexcept {
        if (bytes.data() == nullptr) {
            return bytes;
        }
        if (!bytes.empty()) {
            std::memcpy(to, bytes.data(), bytes.size());
        }
        const std::string_view kept(to, bytes.size());
        to += bytes.size();
        return kept;
    }

    record record_;
    box<char[]> bytes_;
    std::vector<header> headers_;
};

}  // namespace stentor::inline v0::detail
