"""A page with telephones: what each of them shows, and what the people who hold them do.

It knows the sandbox and nothing of the bot; only `cast` and the tour, which say who is there and what to try, do.
"""
