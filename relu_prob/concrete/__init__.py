"""Given networks: who is dead on data or on a domain of inputs, who for ever, and why."""
