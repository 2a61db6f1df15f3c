#pragma once

// The bodies of tracer/otel.hpp, in the order of a publish.

#include <stentor/tracer/otel.hpp>

namespace stentor::inline v0 {

namespace detail {

// The partition's number is a text in the conventions.
class otel_partition {
public:
    explicit otel_partition(std::int32_t number) noexcept
        : size_(static_cast<std::size_t>(std::to_chars(text_.data(), text_.data() + text_.size(), number).ptr - text_.data())) {}
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    std::array<char, 12> text_{};
    std::size_t size_;
};

}  // namespace detail

inline otel_tracer::span otel_tracer::start(const record& r, header_sink& add, publish_context& context) noexcept {
    namespace otel = ::opentelemetry;
    const detail::otel_producer& producer = *producer_;
    const otel_options& options = producer.options;
    const detail::given_trace given(context);
    const bool is_child = given.valid() && options.relation == otel_relation::parent;

    const detail::otel_text topic(r.topic);
    const std::string_view topic_text{topic.view().data(), topic.view().size()};
    detail::otel_attributes<10> attributes;
    producer.describe(topic_text, attributes);
    attributes.add_text("messaging.operation.type", "send");
    if (!options.client_id.empty()) {
        attributes.add_text("messaging.client.id", options.client_id);
    }
    if (options.record_key && r.key.data() != nullptr && detail::is_utf8(r.key)) {
        attributes.add_text("messaging.kafka.message.key", r.key);
    }
    if (r.value.data() == nullptr) {
        attributes.add("messaging.kafka.message.tombstone", true);
    }

    otel::trace::StartSpanOptions how;
    // The conventions: PRODUCER where the message carries this span's context, else CLIENT.
    const bool of_another = context.traced() || (given.valid() && options.relation == otel_relation::creation);
    how.kind = of_another ? otel::trace::SpanKind::kClient : otel::trace::SpanKind::kProducer;
    how.start_system_time = otel::common::SystemTimestamp(context.at.wall.time_since_epoch());
    how.start_steady_time = detail::otel_steady(context.at.now);
    if (is_child) {
        how.parent = given.context;
    }
    const detail::otel_link link(given.valid() && !is_child ? &given.context : nullptr);
    const detail::otel_span_name name(topic_text);
    span made(producer, producer.tracer->StartSpan(detail::otel_view(name.view()), attributes, link, how), r, context.at);

    if (context.traced()) {
        return made;
    }
    const auto own = made.span_ != nullptr ? made.span_->GetContext() : otel::trace::SpanContext::GetInvalid();
    if (!own.IsValid() || of_another) {
        static_cast<void>(w3c_tracer{}.start(r, add, context));
        return made;
    }
    try {
        detail::add_otel_headers(own, made.recording_, given, is_child, context, add);
    } catch (const std::exception&) {
        // Out of memory: a message without its trace is better than none.
        return made;
    }
    return made;
}

inline void otel_tracer::span::finish(const result<receipt>& end, const moment& at) noexcept {
    const bool measured = producer_->instruments.wanted();
    std::optional<error> why;
    if (!end && (recording_ || measured)) {
        why.emplace(detail::error_in(end));
    }
    const std::string_view type = why ? detail::error_type_of(why->condition(), why->cause) : std::string_view{};
    if (recording_) {
        if (why) {
            failed(*why, type, at);
        } else {
            landed(*end);
        }
    }
    if (span_ != nullptr) {
        opentelemetry::trace::EndSpanOptions how;
        how.end_steady_time = detail::otel_steady(at.now);
        span_->End(how);
    }
    if (measured) {
        const detail::otel_text topic(topic_);
        attributes list;
        producer_->describe({topic.view().data(), topic.view().size()}, list);
        const nanoseconds took = at.now > started_ ? at.now - started_ : nanoseconds::zero();
        const bool tried = (why ? why->attempts : end->attempts) > 0;
        producer_->instruments.record(list, std::chrono::duration<double>(took).count(), type, tried);
    }
}

inline void otel_tracer::span::landed(const receipt& where) noexcept {
    if (where.partition >= 0) {
        span_->SetAttribute("messaging.destination.partition.id",
                            detail::otel_view(detail::otel_partition(where.partition).view()));
    }
    if (where.offset >= 0) {
        span_->SetAttribute("messaging.kafka.offset", std::int64_t{where.offset});
    }
    if (where.attempts > 1) {
        span_->SetAttribute("stentor.attempts", std::int64_t{where.attempts});
    }
}

inline void otel_tracer::span::failed(const error& e, std::string_view type, const moment& at) noexcept {
    if (e.dead_letter.what != dead_letter_result::state::none) {
        dead_lettered(e.dead_letter, at);
    }
    span_->SetAttribute("error.type", detail::otel_view(type));
    span_->SetAttribute("stentor.outcome", detail::otel_view(to_string(e.outcome)));
    span_->SetAttribute("stentor.attempts", std::int64_t{e.attempts});
    const detail::otel_text cause(e.cause.empty() ? to_string(e.condition()) : std::string_view{e.cause});
    span_->SetStatus(opentelemetry::trace::StatusCode::kError, cause.view());
    // As the exception that `result::value()` would throw.
    attributes list;
    const std::string words = detail::words_of([&] { return e.message(); });
    const detail::otel_text message(words);
    list.add_text("exception.type", "stentor::publish_failure");
    list.add("exception.message", message.view());
    span_->AddEvent("exception", time_of(at), list);
}

inline void otel_tracer::span::dead_lettered(const dead_letter_result& what, const moment& at) noexcept {
    using state = dead_letter_result::state;
    attributes list;
    const detail::otel_partition partition(what.where.partition);
    list.add_text("stentor.dead_letter", what.what == state::written  ? "written"
                                         : what.what == state::failed ? "failed"
                                                                      : "unknown");
    if (what.what == state::written) {
        list.add_text("messaging.destination.name", what.where.topic);
        list.add_text("messaging.destination.partition.id", partition.view());
        list.add("messaging.kafka.offset", std::int64_t{what.where.offset});
    }
    span_->AddEvent("dead_letter", time_of(at), list);
}

}  // namespace stentor::inline v0
