"""What is shown of contacts, their attributes, lists and segments, the same to a page, a command and a program.

Times are ms since the epoch. ``as_dict`` is the JSON that programs get; its keys stay, and what was not asked for is left out.
"""
