#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "model/option_table.h"
#include "support/program.h"

namespace thalweg::testing {
namespace {

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

/// What bash offers for the last of `words`, which is what stands before the cursor.
std::vector<std::string> bash_offers(const std::vector<std::string>& words) {
    const WorkFolder folder;
    folder.write("completion.bash", thalweg({"completion", "bash"}).out);
    folder.write("houses.csv", "");
    std::vector<std::string> command = {
        "bash", "--norc", "-c",
        "source completion.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _thalweg; "
        "printf '%s\\n' \"${COMPREPLY[@]}\"",
        "bash"};
    command.insert(command.end(), words.begin(), words.end());
    const RunResult result = run(command, {.folder = folder.path()});
    EXPECT_EQ(result.status, 0) << result.err;
    return words_of(result.out);
}

/// The line that zsh makes of `typed` when Tab is pressed at its end.
std::string zsh_line(const std::string& typed) {
    const WorkFolder folder;
    folder.write("_thalweg", thalweg({"completion", "zsh"}).out);
    folder.write("press_tab.zsh",
                 "zmodload zsh/zpty\n"
                 "zpty shell 'zsh -f -i'\n"
                 "zpty -w shell \"source $PWD/shell.zsh\"\n"
                 "while zpty -r shell line; do [[ $line == *'READY>'* ]] && break; done\n"
                 "zpty -w -n shell \"$1\"$'\\t'\n"
                 "while zpty -r shell line; do [[ $line == *'<<'*'>>'* ]] && break; done\n"
                 "print -r -- \"${${line##*<<}%%>>*}\"\n"
                 "zpty -d shell\n");
    folder.write("shell.zsh",
                 "PS1= RPS1= LISTMAX=0\n"
                 "autoload -Uz compinit && compinit -u -D\n"
                 "source $PWD/_thalweg\n"
                 "press-tab() { zle complete-word; print -r -- \"<<$BUFFER>>\" }\n"
                 "zle -N press-tab; bindkey '^I' press-tab\n"
                 "print 'READY''>'\n");
    folder.write("houses.csv", "");
    const RunResult result =
        run({"zsh", "-f", "press_tab.zsh", typed}, {.folder = folder.path(), .change = {{"TERM", "dumb"}}});
    EXPECT_EQ(result.status, 0) << "zsh is needed (scripts/bootstrap installs it): " << result.err;
    return result.out.substr(0, result.out.find_last_not_of(" \n") + 1);
}

TEST(Completion, BashOffersTheCommands) {
    EXPECT_EQ(bash_offers({"thalweg", "e"}), std::vector<std::string>({"evaluate", "explain"}));
    const std::vector<std::string> all = bash_offers({"thalweg", ""});
    for (const char* command : {"train", "predict", "evaluate", "inspect", "completion", "help"})
        EXPECT_EQ(std::count(all.begin(), all.end(), command), 1) << command;
}

TEST(Completion, BashOffersEveryFlagOfTraining) {
    const std::vector<std::string> offers = bash_offers({"thalweg", "train", "x.csv", "--"});
    TrainOptions train;
    ReadOptions read;
    for (const std::vector<Option>& options : {bind_options(train), bind_options(read)})
        for (const Option& option : options)
            EXPECT_EQ(std::count(offers.begin(), offers.end(), option.flag()), 1) << option.flag();
}

TEST(Completion, BashOffersTheNamesOfAChoice) {
    EXPECT_EQ(bash_offers({"thalweg", "train", "--optimizer", "ada"}),
              (std::vector<std::string>{"adam", "adamw", "adagrad"}));
    EXPECT_EQ(bash_offers({"thalweg", "completion", "z"}), std::vector<std::string>{"zsh"});
}

TEST(Completion, BashOffersFilesWhereAFileIsWanted) {
    EXPECT_EQ(bash_offers({"thalweg", "train", "hou"}), std::vector<std::string>{"houses.csv"});
    EXPECT_EQ(bash_offers({"thalweg", "train", "-o", "hou"}), std::vector<std::string>{"houses.csv"});
    EXPECT_TRUE(bash_offers({"thalweg", "train", "--epochs", ""}).empty());
}

TEST(Completion, ZshCompletesCommandsFlagsNamesAndFiles) {
    EXPECT_EQ(zsh_line("thalweg ev"), "thalweg evaluate");
    EXPECT_EQ(zsh_line("thalweg train --learn"), "thalweg train --learning-rate");
    EXPECT_EQ(zsh_line("thalweg train --activation lea"), "thalweg train --activation leaky_relu");
    EXPECT_EQ(zsh_line("thalweg predict --str"), "thalweg predict --strict");
    EXPECT_EQ(zsh_line("thalweg train hou"), "thalweg train houses.csv");
    EXPECT_EQ(zsh_line("thalweg completion ba"), "thalweg completion bash");
}

TEST(Completion, ZshKnowsEveryFlagOfTraining) {
    const std::string script = thalweg({"completion", "zsh"}).out;
    TrainOptions train;
    for (const Option& option : bind_options(train))
        EXPECT_NE(script.find("'" + option.flag() + "["), std::string::npos) << option.flag();
}

TEST(Completion, AnotherShellIsAnErrorThatNamesThese) {
    const RunResult result = thalweg({"completion", "fish"});
    EXPECT_EQ(result.status, 2);
    EXPECT_NE(result.err.find("bash, zsh"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace thalweg::testing
