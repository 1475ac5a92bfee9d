"""The verbs: what a user asks of a network. All of them read one object, the masked count law."""
