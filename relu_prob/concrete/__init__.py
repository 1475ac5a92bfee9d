"""Given networks and data: who is dead on data or a domain of inputs, who for ever, and why; weights made from data."""
