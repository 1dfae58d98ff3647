"""The order in which readers look a name up."""

import unicodedata


def alphabetical(text: str, locale: str) -> tuple[object, ...]:
    """A sort key: Chinese by pinyin, Latin letters without case and accents.

    GB 2312 puts its 3,755 common characters in the order of their pinyin, and GB 18030 keeps their codes; rarer characters follow
    them by radical.
    """
    if locale.lower().startswith("zh"):
        return (text.encode("gb18030"),)
    # Without the accents folded away, Åland would follow Zimbabwe.
    return (unicodedata.normalize("NFKD", text).encode("ascii", "ignore").lower(), text)
