"""What a subcommand found, ready for every format: ranges, brackets, explanations, simulations, tests and tables."""

from __future__ import annotations

from typing import Any

import tabulate

from relu_prob import Agreement, Bracket, CountLaw, Design, DesignRange, Diagnosis, Probability, SimulatedCounts
from relu_prob.cli.answers import Answer, Row, cells
from relu_prob.concrete.permanence import Reason, Status
from relu_prob.questions.explain import Explanation, LayerExplanation
from relu_prob.results.text import booktabs


class Range(Answer):
    """A smallest width or a largest depth, or the range that it lies in."""

    def __init__(self, title: str, facts: dict[str, str], found: DesignRange, digits: int | None) -> None:
        super().__init__(title, facts, digits)
        self.found = found
        # the ends are the same where a theorem decides; where even depth 1 fails, what is known is known of depth 1
        ends = {found.low: found.at_low, found.high: found.at_high}
        self.ends: dict[int, Probability] = {max(k, 1): p for k, p in ends.items() if k is not None and p is not None}
        for size, probability in self.ends.items():
            self.facts[f"trainability at {size}"] = probability.describe(*self._digits)
        for name in ("method", "source"):
            self.facts[name] = "; ".join(dict.fromkeys(getattr(p, name) for p in self.ends.values()))

    def data(self) -> dict[str, Any]:
        at_high = self.found.at_high
        return {
            "low": self.found.low,
            "high": self.found.high,
            "exact": self.found.exact,
            "at_low": self.found.at_low.to_dict(*self._digits),
            "at_high": None if at_high is None else at_high.to_dict(*self._digits),
        }

    def rows(self) -> list[Row]:
        found = {"low": str(self.found.low), "high": "" if self.found.high is None else str(self.found.high)}
        return [{**found, "at": str(size), **cells(p, *self._digits)} for size, p in self.ends.items()]

    def text(self) -> str:
        return f"{self.title}: {self.found}"

    def markdown(self) -> str:
        return str(self.found)

    def latex(self) -> str:
        if self.found.exact is not None:
            return str(self.found.exact)
        return rf"\ge {self.found.low}" if self.found.high is None else rf"\in [{self.found.low}, {self.found.high}]"


class Proposal(Answer):
    """Hidden widths, and the bound that guarantees their trainability."""

    def __init__(self, title: str, facts: dict[str, str], found: Design, digits: int | None) -> None:
        bound = found.certificate
        known = {"trainability at least": bound.describe(*([] if digits is None else [digits])), "method": bound.method}
        super().__init__(title, facts | known | {"source": bound.source, "widths are": found.optimality}, digits)
        self.found = found

    def data(self) -> dict[str, Any]:
        found = self.found
        return {
            "widths": list(found.widths),
            "parameters": found.parameters,
            "need": list(found.need),
            "target": None if found.target is None else str(found.target),
            "budget": found.budget,
            "optimality": found.optimality,
            "certificate": found.certificate.to_dict(*self._digits),
        }

    def rows(self) -> list[Row]:
        widths = {"widths": "-".join(map(str, self.found.widths)), "parameters": str(self.found.parameters)}
        return [{**widths, **cells(self.found.certificate, *self._digits)}]

    def text(self) -> str:
        return f"{self.title}: {self.found}"

    def markdown(self) -> str:
        return str(self.found)

    def latex(self) -> str:
        return f"({', '.join(map(str, self.found.widths))})"


class Enclosure(Answer):
    """Two laws that enclose the counts: both ends of P(N >= j) for every j."""

    def __init__(self, title: str, facts: dict[str, str], bracket: Bracket, digits: int | None) -> None:
        low, high = bracket.low, bracket.high
        ends = {"lower end": f"{low.guarantee}, {low.method}", "upper end": f"{high.guarantee}, {high.method}"}
        super().__init__(title, facts | ends | {"source": bracket.source}, digits)
        self.bracket = bracket

    def _tails(self) -> list[tuple[int, Probability, Probability]]:
        low, high = self.bracket.low, self.bracket.high
        return [(j, _tail(low, j), _tail(high, j)) for j in low.support]

    def data(self) -> dict[str, Any]:
        return {"low": self.bracket.low.to_dict(*self._digits), "high": self.bracket.high.to_dict(*self._digits)}

    def rows(self) -> list[Row]:
        return [
            {"j": str(j), "end": end, **cells(p, *self._digits)}
            for j, low, high in self._tails()
            for end, p in (("lower", low), ("upper", high))
        ]

    def markdown(self) -> str:
        table = [(str(j), low.describe(*self._digits), high.describe(*self._digits)) for j, low, high in self._tails()]
        headers = ("j", "P(N >= j), at least", "P(N >= j), at most")
        return str(tabulate.tabulate(table, headers=headers, tablefmt="github", disable_numparse=True))

    def latex(self) -> str:
        tails = self._tails()
        table = [(f"${j}$", f"${a.latex(*self._digits)}$", f"${b.latex(*self._digits)}$") for j, a, b in tails]
        event = rf"P(N_{{{self.bracket.low.layer}}} \ge j)"
        return booktabs(table, ("$j$", f"${event}$, at least", f"${event}$, at most"))


def _tail(law: CountLaw, j: int) -> Probability:
    return law.event(range(j, law.n + 1))


class Reasons(Answer):
    """Which theorem answers for which layer."""

    def __init__(self, title: str, facts: dict[str, str], explanation: Explanation, digits: int | None) -> None:
        super().__init__(title, facts, digits)
        self.explanation = explanation

    def data(self) -> dict[str, Any]:
        return {"layers": [self._layer(layer) for layer in self.explanation.layers]}

    def _layer(self, layer: LayerExplanation) -> dict[str, Any]:
        theorem, bracket = layer.theorem, layer.bracket
        result: dict[str, Any] = {"layer": layer.layer, "theorem": None if theorem is None else theorem.name}
        if theorem is not None:
            result |= {"statement": theorem.statement, "source": theorem.source}
        if bracket is not None:
            result["missing"] = layer.missing
            result["low"] = bracket.low.to_dict(*self._digits)
            result["high"] = bracket.high.to_dict(*self._digits)
        return result

    def rows(self) -> list[Row]:
        return [
            {
                "layer": str(layer.layer),
                "theorem": "" if layer.theorem is None else layer.theorem.name,
                "statement": "" if layer.theorem is None else layer.theorem.statement,
                "source": "" if layer.theorem is None else layer.theorem.source,
                "missing": "; ".join(f"{name}: {why}" for name, why in layer.missing.items()),
            }
            for layer in self.explanation.layers
        ]

    def text(self) -> str:
        return "\n".join([f"{self.title}:", *map(str, self.explanation.layers)])


class Simulated(Answer):
    """The counts of simulated networks, and the laws of the chosen layers that they estimate."""

    def __init__(
        self, title: str, facts: dict[str, str], counts: SimulatedCounts, laws: list[CountLaw], digits: int | None
    ) -> None:
        super().__init__(title, facts, digits)
        self.counts, self.laws = counts, laws

    def data(self) -> dict[str, Any]:
        return {
            "samples": self.counts.samples,
            "death": self.counts.death,
            "exact_layers": self.counts.exact_layers,
            "layers": [law.to_dict(*self._digits) for law in self.laws],
            "rows": self.counts.rows.tolist(),
            "multiplicity": self.counts.multiplicity.tolist(),
        }

    def rows(self) -> list[Row]:
        return [
            {"layer": str(law.layer), "j": str(j), "networks": str(seen), **cells(law.pmf(j), *self._digits)}
            for law in self.laws
            for j, seen in enumerate(self.counts.counts(int(law.layer)))
        ]

    def markdown(self) -> str:
        return "\n\n".join(f"layer {law.layer}\n\n{law.markdown(*self._digits)}" for law in self.laws)

    def latex(self) -> str:
        return "\n\n".join(law.latex(*self._digits) for law in self.laws)


class Diagnosed(Answer):
    """Who is dead in a given network."""

    def __init__(self, facts: dict[str, str], diagnosis: Diagnosis) -> None:
        super().__init__(str(diagnosis).splitlines()[0], facts)
        self.diagnosis = diagnosis

    def data(self) -> dict[str, Any]:
        return self.diagnosis.to_dict()

    def rows(self) -> list[Row]:
        """One row for each neuron."""
        return [
            {
                "layer": str(layer.layer),
                "neuron": str(j),
                "status": Status(layer.statuses[j]).words,
                "reason": Reason(layer.reasons[j]).words,
                "through": "" if layer.through[j] < 0 else str(layer.through[j]),
                "largest": repr(float(layer.largest[j])),
            }
            for layer in self.diagnosis.layers
            for j in range(layer.n)
        ]

    def text(self) -> str:
        return str(self.diagnosis)

    def markdown(self) -> str:
        return self.diagnosis.markdown()

    def latex(self) -> str:
        return self.diagnosis.latex()


class Verdict(Answer):
    """Theory against simulation."""

    def __init__(self, facts: dict[str, str], agreement: Agreement) -> None:
        super().__init__(str(agreement).splitlines()[-1], facts)
        self.agreement = agreement
        self.status = 0 if agreement.agrees else 1

    def data(self) -> dict[str, Any]:
        return self.agreement.to_dict()

    def rows(self) -> list[Row]:
        return self.agreement.rows()


class Runs(Answer):
    """The scripts that were run, with their exit status."""

    def __init__(self, folder: str, statuses: dict[str, int]) -> None:
        super().__init__(f"scripts of {folder}", {})
        self.statuses = statuses
        self.status = 1 if any(statuses.values()) else 0

    def data(self) -> dict[str, Any]:
        return {"scripts": self.statuses}

    def rows(self) -> list[Row]:
        return [
            {"script": name, "result": "done" if status == 0 else f"failed with exit status {status}"}
            for name, status in self.statuses.items()
        ]
