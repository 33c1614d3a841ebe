"""Pasted text to commands, each a list of words, as a shell would split them; bounded, and forgiving. Pure."""

import re
import shlex
from collections.abc import Iterator
from itertools import islice

MOST = 20_000
"""Characters that are looked at."""
MOST_COMMANDS = 60
MOST_WORDS = 300
_OPERATORS = ";&|\n()<>"
_PROMPT = re.compile(r"^[ \t]*(?:[$%❯]|PS>|>)[ \t]+", re.MULTILINE)
_CONTINUED = re.compile(r"[\\^`][ \t]*\n")
_HEREDOC = re.compile(r"<<-?[ \t]*(['\"]?)(\w{1,40})\1([^\n]*)\n")
_ASSIGNMENT = re.compile(r"\w{1,80}=", re.ASCII)
_VARIABLE = re.compile(r"\$\{\{([^{}]{0,200})\}\}")
# Words before the command itself.
_BEFORE = {
    "sudo", "env", "time", "exec", "command", "nohup", "then", "do", "else", "if", "while", "until", "!", "{", "run:",
    "-", "eval",
}  # fmt: skip


def commands(text: str) -> list[list[str]]:
    """Every command with at least one word, in order."""
    plain = _without_heredocs(_without_expressions(text[:MOST].replace("\r\n", "\n").replace("\r", "\n")))
    plain = _CONTINUED.sub(" ", _PROMPT.sub("", plain))
    found = (_begun(words) for words in _split(plain))
    return list(islice((words for words in found if words), MOST_COMMANDS))


def _without_expressions(text: str) -> str:
    """`${{ github.repository }}` holds spaces that a shell never sees: `{github.repository}`."""
    return _VARIABLE.sub(lambda found: "{" + re.sub(r"[^\w.\-]", "", found[1]) + "}", text)


def _without_heredocs(text: str) -> str:
    """The text without what is handed to commands, which is data."""
    done: list[str] = []
    at = 0
    while len(done) < MOST_COMMANDS and (found := _HEREDOC.search(text, at)):
        end = re.compile(rf"^[ \t]*{re.escape(found[2])}[ \t]*$", re.MULTILINE).search(text, found.end())
        done.append(text[at : found.start()] + found[3] + "\n")
        at = end.end() if end else len(text)
    return "".join(done) + text[at:]


def _split(text: str) -> Iterator[list[str]]:
    """Commands of the whole text; where its quotes do not pair up, of line after line."""
    try:
        yield from list(_words_of(text))
    except ValueError:
        for line in text.split("\n"):
            try:
                yield from list(_words_of(line))
            except ValueError:
                yield from _words_of(re.sub(r"[\"'\\]", " ", line))


def _words_of(text: str) -> Iterator[list[str]]:
    """Raises ValueError for a quotation that does not end."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t", "", True
    words: list[str] = []
    redirected = commented = False
    for token in lexer:
        operator = bool(token) and all(one in _OPERATORS for one in token)
        commented = (commented or token.startswith("#")) and "\n" not in token
        if commented:
            continue
        if not operator:
            if not redirected and len(words) < MOST_WORDS:
                words.append(token)
            redirected = False
        elif set(token) <= set("<>&") and ("<" in token or ">" in token):
            redirected = True
        else:
            yield words
            words, redirected = [], False
    yield words


def _begun(words: list[str]) -> list[str]:
    """From the command's name on; "" where there is none."""
    for at, word in enumerate(words):
        if word not in _BEFORE and not _ASSIGNMENT.match(word):
            return words[at:]
    return []
