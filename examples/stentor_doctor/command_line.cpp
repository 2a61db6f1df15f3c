#include "command_line.hpp"

#include <charconv>

namespace doctor {

const char* const usage =
    "stentor_doctor [--topic NAME]... [--publish] [--timeout SECONDS]\n"
    "Reads KAFKA_... variables, says what a service would use, and tries it: DNS, TCP, TLS, SASL, metadata, topics.\n"
    "  --topic NAME  look at this topic, too\n"
    "  --publish     write one record to the first topic that is there\n"
    "Exit status: 0 all is well, 1 something does not work, 2 the settings or these options are wrong.\n";

std::optional<wishes> read_command_line(const std::vector<std::string>& words, std::string& complaint) {
    wishes w;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const bool takes_value = word == "--topic" || word == "--timeout";
        if (takes_value && i + 1 == words.size()) {
            complaint = word + " needs a value";
            return std::nullopt;
        }
        if (word == "--publish") {
            w.publish = true;
        } else if (word == "--help" || word == "-h") {
            w.help = true;
        } else if (word == "--topic") {
            w.topics.push_back(words[++i]);
        } else if (word == "--timeout") {
            const std::string& value = words[++i];
            const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), w.timeout_s);
            if (failed != std::errc{} || end != value.data() + value.size() || w.timeout_s < 1 || w.timeout_s > 600) {
                complaint = "--timeout needs a number from 1 to 600";
                return std::nullopt;
            }
        } else {
            complaint = "'" + word + "' is no option";
            return std::nullopt;
        }
    }
    return w;
}

}  // namespace doctor
