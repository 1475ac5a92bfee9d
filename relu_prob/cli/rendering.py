"""An answer in one of the formats."""

from __future__ import annotations

import csv
import io
import json

from relu_prob.cli.answers import Answer


def render(answer: Answer, style: str, quiet: bool) -> str:
    """The answer, with its title and where it comes from unless ``quiet``; JSON and CSV are always complete."""
    match style:
        case "json":
            return json.dumps({"question": answer.title, **_network(answer), **answer.data()}, indent=2)
        case "csv":
            return _csv(answer)
        case "md":
            facts = [f"- {name}: {fact}" for name, fact in answer.facts.items()]
            parts = [answer.markdown()] if quiet else [f"**{answer.title}**", answer.markdown(), "\n".join(facts)]
            return "\n\n".join(part for part in parts if part)
        case "tex":
            comments = [f"% {answer.title}", *(f"% {name}: {fact}" for name, fact in answer.facts.items())]
            return "\n".join([*([] if quiet else comments), answer.latex()])
    width = max(map(len, answer.facts), default=0) + 1
    facts = [f"{name + ':':{width}} {fact}" for name, fact in answer.facts.items()]
    return "\n".join([answer.text(), *([] if quiet else facts)])


def _network(answer: Answer) -> dict[str, str]:
    """What is not in the data of every answer; where it is, the data have the last word."""
    return {name: answer.facts[name] for name in ("network", "method", "source", "seed") if name in answer.facts}


def _csv(answer: Answer) -> str:
    rows = answer.rows()
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().removesuffix("\n")
