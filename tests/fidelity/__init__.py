"""Real client calls through Cairn, and what their records have to say.

`corpus` holds the calls, `drive` makes them, `upstream` answers them, `expect` says what a record
must hold, `score` compares. `run` does all of it; `shapes` compares with records of the service.
"""
