#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <stentor/version.hpp>

// Where the memory broker keeps records: big chunks, filled from front to back. A chunk counts the records in it that are still in
// flight, and goes back to be filled again when there are none left, unless it holds history.

namespace stentor::inline v0::detail {

class arena {
public:
    struct chunk {
        std::unique_ptr<std::byte[]> bytes{};
        std::size_t size = 0;
        std::size_t used = 0;
        std::size_t live = 0;
        bool kept = false;   // holds history
        bool spare = false;  // waits to be filled again
    };

    // Uninitialised bytes, aligned for anything, that count as one live block of `*where()`. Throws std::bad_alloc.
    [[nodiscard]] std::byte* take(std::size_t n, bool keep) {
        n = (n + alignment - 1) & ~(alignment - 1);
        if (current_ == nullptr || current_->size - current_->used < n) {
            next(n);
        }
        std::byte* const at = current_->bytes.get() + current_->used;
        current_->used += n;
        ++current_->live;
        current_->kept = current_->kept || keep;
        return at;
    }
    // The chunk of the block that was taken last.
    [[nodiscard]] chunk* where() const noexcept { return current_; }

    void release(chunk& c) noexcept {
        if (--c.live == 0 && !c.kept) {
            recycle(c);
        }
    }
    // Forgets the history. Blocks in flight stay.
    void forget() noexcept {
        for (const std::unique_ptr<chunk>& c : chunks_) {
            c->kept = false;
            if (c->live == 0) {
                recycle(*c);
            }
        }
    }

private:
    static constexpr std::size_t alignment = alignof(std::max_align_t);
    static constexpr std::size_t chunk_size = std::size_t{256} << 10U;

    void recycle(chunk& c) noexcept {
        c.used = 0;
        // The list has room for every chunk: `next` saw to that.
        if (&c != current_ && !c.spare) {
            c.spare = true;
            spare_.push_back(&c);
        }
    }

    void next(std::size_t n) {
        if (n <= chunk_size && !spare_.empty()) {
            chunk* const again = spare_.back();
            if (again->size >= n) {
                spare_.pop_back();
                again->spare = false;
                leave(again);
                return;
            }
        }
        spare_.reserve(chunks_.size() + 1);
        auto fresh = std::make_unique<chunk>();
        fresh->size = n > chunk_size ? n : chunk_size;
        fresh->bytes = std::make_unique_for_overwrite<std::byte[]>(fresh->size);
        chunk* const to = fresh.get();
        chunks_.push_back(std::move(fresh));
        leave(to);
    }

    void leave(chunk* to) noexcept {
        chunk* const from = current_;
        current_ = to;
        if (from != nullptr && from->live == 0 && !from->kept) {
            recycle(*from);
        }
    }

    std::vector<std::unique_ptr<chunk>> chunks_;
    std::vector<chunk*> spare_;
    chunk* current_ = nullptr;
};

}  // namespace stentor::inline v0::detail
