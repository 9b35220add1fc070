"""Writes expected.json: what Jinja makes of these templates, set up as transformers does for chat templates.

Run in this folder: pip install jinja2 && python reference.py
"""
import datetime
import glob
import json

import jinja2.ext
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime.datetime(2026, 11, 22, 9, 5)


class Generation(jinja2.ext.Extension):
    """The tag that transformers adds, without what it records."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def environment():
    def raise_exception(message):
        raise TemplateError(message)

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


chats = json.load(open("chats.json"))
expected = {}
for file in sorted(glob.glob("*.jinja")):
    template = environment().from_string(open(file).read())
    for chat, variables in chats.items():
        variables = {"tools": None, "documents": None, **variables, "bos_token": "<s>", "eos_token": "</s>"}
        try:
            result = {"text": template.render(**variables)}
        except TemplateError as refusal:
            result = {"refusal": str(refusal)}
        expected.setdefault(file, {})[chat] = result
json.dump(expected, open("expected.json", "w"), ensure_ascii=False, indent=1)
