#pragma once

#include <fstream>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace readme {

/// The `text` blocks of one section of a Markdown file, each under the bold words that begin a line before it. A block's lines are
/// one text: the line ends are only there for the reader.
class page {
public:
    page(const std::string& file, const std::string& section) {
        std::ifstream in(file);
        std::string name;
        bool inside = false;
        bool block = false;
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("## ")) {
                inside = line == "## " + section;
            } else if (!inside) {
                continue;
            } else if (block && line == "```") {
                block = false;
            } else if (block) {
                std::string& text = blocks_[name];
                text.append(text.empty() ? "" : " ").append(line);
            } else if (line == "```text") {
                block = true;
            } else if (line.starts_with("**")) {
                name = line.substr(2, line.find("**", 2) - 2);
                names_.push_back(name);
            }
        }
    }

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

    /// The block of that name. `varying`: what README shows of a value that is another one each time, and what it is here.
    [[nodiscard]] std::string text(const std::string& name,
                                   std::initializer_list<std::pair<std::string_view, std::string>> varying = {}) const {
        const auto found = blocks_.find(name);
        if (found == blocks_.end()) {
            return "README has no text block for " + name;
        }
        std::string text = found->second;
        for (const auto& [shown, here] : varying) {
            if (text.find(shown) == std::string::npos) {
                return "README's text for " + name + " does not show " + std::string(shown);
            }
            for (auto at = text.find(shown); at != std::string::npos; at = text.find(shown, at + here.size())) {
                text.replace(at, shown.size(), here);
            }
        }
        return text;
    }

private:
    std::vector<std::string> names_{};
    std::map<std::string, std::string> blocks_{};
};

}  // namespace readme
