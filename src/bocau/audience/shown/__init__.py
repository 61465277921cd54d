"""What is shown of the audience's things, the same to a page, a command and a program: ``lists``, ``segments``, ``contacts``.

Times are ms since the epoch. ``as_dict`` is the JSON that programs get; its keys stay, and what was not asked for is left out.
"""
