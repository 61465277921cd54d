"""What joins several rooms, written once for all doors: one transaction a step, progress as data.

Owns: the order in which rooms are called when one wish of a person concerns several. Never: SQL, words for a terminal or a
page, the broker. Talks to: the rooms below through their faces.

Each file is a flow, and doors import it by its name:
``asking``: people put on a list, or asked by mail first whether they want it.
``campaign_file``: a draft's file of people.
``erasing``: everything about a person written out, and forgotten.
``importing``: contacts come in from a table, stop, go on, are taken back.
``removing``: what others may still use is removed.
``renaming``: what others name gets another name, and they follow.
``sending``: a few people, or a file of them, become one submission.
``stopping``: an address or a domain gets no more mail.
``story``: everything that is known of one message.
"""
