#pragma once

#include <memory>
#include <string>
#include <vector>

#include <stentor/settings.hpp>
#include <stentor/transport/kafka_client.hpp>

#include "report.hpp"

namespace doctor {

/// TLS, login, metadata: one line each. Null when that fails.
std::shared_ptr<stentor::kafka_client> connect(const stentor::settings& s, int timeout_s, report& out);

/// One line for each topic. Answers the first that is there; empty: none.
std::string look_at_topics(stentor::kafka_client& client, const std::vector<stentor::topic_settings>& topics, int timeout_s,
                           report& out);

/// Writes one record.
void publish(const std::shared_ptr<stentor::kafka_client>& client, const std::string& topic, int timeout_s, report& out);

}  // namespace doctor
