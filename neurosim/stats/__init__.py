"""From estimates to statements: intervals, references, verdicts, summary rows."""
