"""What the demo, the kill rig and the black-box tests share: nothing but the standard library.

`sigv4` signs, `client` speaks to a server, `server` runs one, `records` writes CloudTrail records.
"""
