#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <stentor/detail/topic_names.hpp>
#include <stentor/transport/memory_record.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

struct memory_topic {
    std::string_view name;
    std::uint64_t hash = 0;  // of the name alone: a topic's id depends on what else the process has interned
    bool exists = false;
    bool deleted = false;  // stays away until somebody makes it again
    bool denied = false;
    std::uint32_t turn = 0;  // whose turn it is among the partitions, for records with no key
    std::vector<std::int64_t> next_offset{};
    memory_log log{};
};

class topic_table {
public:
    // Throws std::bad_alloc.
    [[nodiscard]] memory_topic& get(std::string_view name) {
        // Publishers intern their topics, so the pointer usually says it all.
        if (last_ != nullptr && last_->name.size() == name.size() && (last_->name.data() == name.data() || last_->name == name)) {
            return *last_;
        }
        const topic_name& interned = topic_names::intern(name);
        if (interned.id >= by_id_.size()) {
            by_id_.resize(interned.id + std::size_t{1});
        }
        if (by_id_[interned.id] == nullptr) {
            auto fresh = std::make_unique<memory_topic>();
            fresh->name = interned.text;
            fresh->hash = hash_of(interned.text);
            by_id_[interned.id] = std::move(fresh);
        }
        last_ = by_id_[interned.id].get();
        return *last_;
    }
    template <class F>
    void each(F&& f) {
        for (const std::unique_ptr<memory_topic>& t : by_id_) {
            if (t != nullptr) {
                f(*t);
            }
        }
    }

private:
    [[nodiscard]] static std::uint64_t hash_of(std::string_view text) noexcept {
        std::uint64_t h = 0xcbf29ce484222325ULL;
        for (const char c : text) {
            h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
        }
        return h;
    }

    std::vector<std::unique_ptr<memory_topic>> by_id_;
    memory_topic* last_ = nullptr;
};

}  // namespace stentor::inline v0::detail
