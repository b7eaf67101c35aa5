"""libyaml's messages in the words of people who write YAML."""

import yaml

_PLAIN = {
    "mapping values are not allowed in this context": "a colon here starts a map where none can be; "
    "put the value in quotes, or check the indentation",
    "did not find expected key": "this does not continue the map it is in; check the indentation",
    "could not find expected ':'": "a key needs a colon and a space after it",
    "did not find expected '-' indicator": "this does not continue the list it is in; check the indentation",
    "did not find expected ',' or ']'": "a list that begins with [ is not continued with a comma or closed with ]",
    "did not find expected ',' or '}'": "a map that begins with { is not continued with a comma or closed with }",
    "found unexpected end of stream": "a quote is not closed",
    "did not find expected node content": "a value is missing here",
    "found invalid Unicode character escape code": "this escape is no character; write the character itself",
    "found undefined tag handle": "tags are not accepted",
}


def in_plain_words(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return what a syntax error means."""
    problem = str(error.problem or error.context or "unreadable")
    if problem == "found character that cannot start any token":
        return _first_character(error, text)
    return f"not valid YAML: {_PLAIN.get(problem, problem)}"


def _first_character(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    character = line[mark.column : mark.column + 1] if mark else ""
    if character == "\t":
        return "not valid YAML: a tab can't indent; use spaces"
    return f"not valid YAML: a value can't begin with {character!r}; put it in quotes"
