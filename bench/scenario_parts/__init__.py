"""The parts of bench/scenario: what is measured, how, beside what, and how it is told."""
