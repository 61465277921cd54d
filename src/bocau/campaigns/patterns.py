"""What spam filters and readers dislike in a text, and what an author forgot in it. Pure."""

import re
from collections.abc import Iterator

from bocau.base.words import N_, Phrase
from bocau.campaigns.findings import Finding, Findings, warns
from bocau.content import visible_text

FORGOTTEN = re.compile(
    r"lorem ipsum|\bTODO\b|\bFIXME\b|\bXXX+\b|\[(?:insert|your|tên|điền)[^\]]{0,40}\]|<(?:insert|your)[^>]{0,40}>"
    r"|\b(?:example|domain|yoursite|yourdomain)\.(?:com|org|net)\b|\bnội dung mẫu\b|\bđiền vào đây\b|\bplaceholder\b",
    re.IGNORECASE,
)
REPLY = re.compile(r"\s*(?:re|fw|fwd|tl|tr)\s*:", re.IGNORECASE)
LURES = re.compile(
    r"\b(?:act now|click here now|100% free|risk[- ]free|no obligation|make money fast|you(?:'ve| have) won|winner!+"
    r"|cash bonus|viagra|miễn phí 100%|100% miễn phí|trúng thưởng|kiếm tiền nhanh|làm giàu|vay nhanh|cam kết 100%)(?!\w)",
    re.IGNORECASE,
)
TAG = re.compile(r"\{[{%#].*?[#%}]\}", re.DOTALL)
MARKUP = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]+>")
HTTP = re.compile(r"""href\s*=\s*["']?(http://[^"'\s>]{1,200})|\]\((http://[^)\s]{1,200})""", re.IGNORECASE)
LOUD_FROM = 8
"""Letters a subject has before capitals mean shouting."""
LEAST_TEXT = 20
"""Characters of text beside pictures."""


def of_subject(subject: str) -> Findings:
    """What is wrong with a subject's own words."""
    text = TAG.sub("", subject).strip()
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) >= LOUD_FROM and sum(map(str.isupper, letters)) > 0.7 * len(letters):
        yield warns("subject-loud", Phrase(N_("the subject is all in capitals")), Phrase(N_("Write it as a sentence.")))
    if "!!" in text or text.count("!") > 1 or "??" in text or "$$" in text:
        yield warns("subject-marks", Phrase(N_("the subject has several exclamation or dollar signs")), DISLIKED)
    if REPLY.match(text):
        hint = Phrase(N_("Remove it: this is not a reply, and readers feel deceived."))
        yield warns("subject-reply", Phrase(N_("the subject starts like a reply (Re:)")), hint)


def of_words(texts: dict[str, str]) -> Findings:
    """What is wrong with words, in any part. ``texts``: part → text."""
    seen: set[str] = set()
    for text in texts.values():
        plain = MARKUP.sub(" ", TAG.sub(" ", text))
        for code, pattern, sentence, hint in _WORDS:
            match = pattern.search(plain)
            if match and code not in seen:
                seen.add(code)
                yield warns(code, Phrase(sentence, words=match[0][:60]), Phrase(hint))


def of_body(html: str, text: str) -> Iterator[Finding]:
    """``html``: HTML, MJML or Markdown, empty for a mail of text only."""
    plain = " ".join(visible_text(TAG.sub(" ", html)).split())
    if re.search(r"(?i)<(?:img|mj-image)\b", html) and len(plain) < LEAST_TEXT and len(text.strip()) < LEAST_TEXT:
        hint = Phrase(N_("Say in words what the pictures say: many readers do not load them."))
        yield warns("only-pictures", Phrase(N_("the mail is all pictures")), hint)
    for address in dict.fromkeys(one or two for one, two in HTTP.findall(html)):
        hint = Phrase(N_("Write https://, if the site can."))
        yield warns("link-http", Phrase(N_("the link {address} is not encrypted"), address=address[:80]), hint)


DISLIKED = Phrase(N_("Spam filters dislike it; say it plainly."))
_WORDS = (
    ("placeholder-left", FORGOTTEN, N_("“{words}” looks like placeholder text"), N_("Replace it, or leave it.")),
    ("spam-words", LURES, N_("“{words}” is a phrase typical of spam"), N_("Spam filters dislike it; say it plainly.")),
)
