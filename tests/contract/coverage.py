"""What of the contract this run has seen (room: contract tests)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Coverage:
    """Names, collected while tests run: sets, so that the halves of two processes join into one."""

    operations: set[str] = field(default_factory=set)
    """Operations of the extract."""
    answered: set[str] = field(default_factory=set)
    """Operations whose answers were judged, with their status: `GET /user 200`."""
    requested: set[str] = field(default_factory=set)
    """Operations that the client was seen to ask for."""
    examples: set[str] = field(default_factory=set)
    """GitHub's own examples that were judged."""
    failing_examples: set[str] = field(default_factory=set)
    """Those of them that fail their own schema."""

    def join(self, other: dict[str, list[str]]) -> None:
        """Add what another process has seen."""
        for name, values in other.items():
            getattr(self, name).update(values)

    def as_lists(self) -> dict[str, list[str]]:
        """Return everything as plain lists, for the way to another process."""
        return {name: sorted(values) for name, values in vars(self).items()}

    def lines(self) -> list[str]:
        """Return the lines for the end of a run; none when no contract test ran."""
        lines = []
        if self.answered:
            covered = {answer.rsplit(" ", 1)[0] for answer in self.answered} & self.operations
            missing = ", ".join(sorted(self.operations - covered)) or "none"
            lines.append(
                f"GitHub's description: {len(covered)} of {len(self.operations)} operations covered by"
                f" {len(self.answered)} kinds of answers, {len(self.requested)} by the client's requests;"
                f" not covered: {missing}"
            )
        if self.examples:
            failing = ", ".join(sorted(self.failing_examples)) or "none"
            lines.append(
                f"GitHub's own examples: {len(self.failing_examples)} of {len(self.examples)}"
                f" fail their own schema: {failing}"
            )
        return lines


SEEN = Coverage()
"""The coverage of this process; at the end of a run of several, that of all of them."""
