"""Telling people: notices of what the record says, the messages they travel in, and how these leave.

Owns `Notice`, `Message` and how far each chain of the record was read. It is fed by audit events only: it knows no
token, and nobody above or beside it has to be asked what a message says. To have an event told, add its name to
`table.TABLE` and its words to `words`.
"""
